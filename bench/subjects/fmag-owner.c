/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag on the owner front, as a freestanding hypervisor has it: a thread plays
 * a CPU that no other thread is ever on.
 */
#include "serve/over_fmag.h"

/* As many as threads, since a thread is a CPU here. */
#define MAX_CPUS 64

static __thread unsigned own_cpu __attribute__((tls_model("initial-exec")));

static unsigned current_cpu(void *ctx)
{
	(void)ctx;
	return own_cpu;
}

static enum fmag_status open_cache(size_t frames, void **ctx)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = FMAG_FRONT_OWNER,
		.cpu_count = MAX_CPUS,
		.current_cpu = current_cpu,
	};

	return over_fmag_open_as(&config, frames, ctx);
}

static bool enter(void *ctx, unsigned thread)
{
	(void)ctx;
	own_cpu = thread;
	return thread < MAX_CPUS;
}

const struct run_subject run_subject = {
	.open = open_cache,
	.close = over_fmag_close,
	.inventory = over_fmag_inventory,
	.enter = enter,
	.loops = RUN_LOOPS,
};
