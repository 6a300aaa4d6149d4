/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a cache on Linux uses where its configuration names nothing else.
 */
#include "hosted/platform.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* Reads the thread's rseq area where libc registered one: no system call. */
static unsigned scheduler_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return (unsigned)sched_getcpu(); /* -1: out of every range */
}

/*
 * Static storage of each thread, not allocated at first use: a signal handler
 * may be the first to use it.
 */
static __thread uint32_t thread_mark __attribute__((tls_model("initial-exec")));

static uint32_t *thread_hal_mark(void *hook_ctx)
{
	(void)hook_ctx;
	return &thread_mark;
}

/* On the stack: glibc's snprintf neither locks nor allocates for this. */
static void describe_and_panic(void *hook_ctx, const struct fmag_fault *fault)
{
	char line[192];

	(void)hook_ctx;
	snprintf(line, sizeof(line), "%s (frame 0x%" PRIx64 ", cache %p)",
		fault->message, fault->paddr, (void *)fault->cache);
	fmag_panic(line);
}

static unsigned configured_cpus(void)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);

	if (count < 1)
		return 1;
	return count > (long)FMAG_MAX_CPUS ? FMAG_MAX_CPUS : (unsigned)count;
}

struct fmag_platform fmag_platform_linux(void)
{
	return (struct fmag_platform){
		.current_cpu = scheduler_cpu,
		.hal_mark = thread_hal_mark,
		.on_fault = describe_and_panic,
		.cpu_count = configured_cpus(),
	};
}
