/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a subject that is fmag's core as a hypervisor has it: freestanding, with
 * the owner front, where a thread plays a CPU that no other thread is ever on.
 */
#ifndef BENCH_SERVE_OVER_CORE_H
#define BENCH_SERVE_OVER_CORE_H

#include "serve/over_fmag.h"
#include "serve/played_cpu.h"

#include <stdlib.h>

/* As many as threads, since a thread is a CPU here. */
#define OVER_CORE_CPUS 64

__thread unsigned played_cpu;

/* In place of a heap, which the core does not know. */
static void *over_core_storage;

static enum fmag_status over_core_open(
	unsigned (*current_cpu)(void *hook_ctx), size_t frames, void **ctx)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = FMAG_FRONT_OWNER,
		.cpu_count = OVER_CORE_CPUS,
		.current_cpu = current_cpu,
	};
	/* aligned_alloc() wants a multiple of the alignment. */
	size_t size = FMAG_ROUND_UP_(
		FMAG_CACHE_STORAGE_SIZE(OVER_CORE_CPUS,
			OVER_CORE_CPUS * FMAG_DEFAULT_MAGAZINES_PER_CPU,
			FMAG_DEFAULT_MAGAZINE_ROUNDS),
		FMAG_CACHE_ALIGN);
	struct fmag_cache *cache = NULL;
	struct fmag_hal hal;
	enum fmag_status status = over_fmag_open_arena(frames, &hal);

	over_core_storage = aligned_alloc(FMAG_CACHE_ALIGN, size);
	if (over_core_storage == NULL)
		return FMAG_ERR_NO_MEMORY;
	if (status == FMAG_OK)
		status = fmag_cache_init(
			&cache, over_core_storage, size, &hal, &config);
	*ctx = cache;
	return status;
}

static bool over_core_close(void *ctx)
{
	bool well = over_fmag_check(fmag_cache_fini(ctx));

	free(over_core_storage);
	return well;
}

static bool over_core_enter(void *ctx, unsigned thread)
{
	(void)ctx;
	played_cpu = thread;
	return thread < OVER_CORE_CPUS;
}

#define OVER_CORE_SUBJECT(open_core)              \
	const struct run_subject run_subject = {  \
		.open = open_core,                \
		.close = over_core_close,         \
		.inventory = over_fmag_inventory, \
		.enter = over_core_enter,         \
		.loops = RUN_LOOPS,               \
	}

#endif
