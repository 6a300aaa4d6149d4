/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a cache on Linux uses where its configuration names nothing else.
 */
#include "hosted/platform.h"

#include <fmag/detail/rseq.h>

#include <errno.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hosted/isolated.h"

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

#if FMAG_HAS_RSEQ_

/*
 * Of libc: the area that it registered with the kernel, for each thread. Weak,
 * since glibc has it from 2.35 on, and no other libc.
 */
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));

/* A size of 0: not registered, by the kernel's refusal or the user's wish. */
static bool libc_has_rseq(void)
{
	return &__rseq_offset != NULL && &__rseq_size != NULL &&
		__rseq_size != 0;
}

/* Legal in a signal handler: errno survives. */
static bool membarrier(int command, unsigned flags, int cpu)
{
	int saved = errno;
	long status = syscall(SYS_membarrier, command, flags, cpu);

	errno = saved;
	return status >= 0;
}

static bool barrier(int cpu)
{
	if (cpu == FMAG_NO_CPU)
		return membarrier(MEMBARRIER_CMD_QUERY, 0, 0);
	return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ,
		MEMBARRIER_CMD_FLAG_CPU, cpu);
}

/*
 * Once here rather than first where a frame is needed: a filter that forbids it
 * shows at create, and the claim front does without. On the own CPU, which
 * interrupts no other. Needs Linux 5.10.
 */
static bool register_barrier(void)
{
	return membarrier(
		       MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0) &&
		barrier(sched_getcpu());
}

static void describe_rseq(struct fmag_platform *platform)
{
	if (!libc_has_rseq())
		return;
	platform->has_rseq = true;
	platform->rseq_offset = __rseq_offset;
	if (!register_barrier())
		return;
	platform->barrier = barrier;
	/* ThreadSanitizer sees more of the claim front. */
#ifndef FMAG_TSAN_SHIM
	platform->front = FMAG_FRONT_RSEQ;
#endif
}

#else

static void describe_rseq(struct fmag_platform *platform)
{
	(void)platform;
}

#endif

struct fmag_platform fmag_platform_linux(void)
{
	struct fmag_platform platform = {
		.front = FMAG_FRONT_CLAIM,
		.current_cpu = scheduler_cpu,
		.hal_mark = thread_hal_mark,
		.on_fault = describe_and_panic,
		.cpu_count = configured_cpus(),
		.zeroing = fmag_measured_zeroing,
	};

	describe_rseq(&platform);
	fmag_isolated_cpus(platform.isolated);
	return platform;
}
