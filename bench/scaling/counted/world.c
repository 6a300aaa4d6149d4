/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As fmag_cache_create() does it, which needs a thread that rseq is registered
 * for: here a thread plays its CPU.
 */
#include "scaling/counted/world.h"

#include "cache/cache.h"
#include "scaling/counted/sections.h"
#include "scaling/counted/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

/* No cache at all, or one with another front: no CPU has a slot for sections. */
static bool has_sections;

uint32_t world_section_cpu(void)
{
	return has_sections ? watch_cpu() : UINT32_MAX;
}

/* Counts are worth nothing after a fault. */
void fmag_panic(const char *message)
{
	fprintf(stderr, "fmag: %s\n", message);
	abort();
}

static unsigned played_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return watch_cpu();
}

static void on_fault(void *hook_ctx, const struct fmag_fault *fault)
{
	(void)hook_ctx;
	fmag_panic(fault->message);
}

/* No section is under way where nobody is interrupted. */
static bool barrier(int cpu)
{
	(void)cpu;
	return true;
}

/* A thread's own, as hosted: in no line of the cache's. */
static uint32_t *thread_mark(void *hook_ctx)
{
	static __thread uint32_t mark;

	(void)hook_ctx;
	return &mark;
}

static enum fmag_status resolve(struct fmag_config *resolved,
	enum fmag_front_kind front, unsigned cpus, const struct fmag_hal *hal,
	const struct fmag_platform *platform)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.cpu_count = cpus,
		.front = front,
	};

	return fmag_config_resolve(resolved, &config, hal, platform);
}

bool world_open(struct world *world, enum fmag_front_kind front, unsigned cpus,
	bool threads, const struct fmag_hal *hal)
{
	const struct fmag_platform platform = {
		.current_cpu = played_cpu,
		.hal_mark = thread_mark,
		.on_fault = on_fault,
		.has_rseq = true,
		.barrier = barrier,
	};
	struct fmag_config resolved;

	if (resolve(&resolved, front, cpus, hal, &platform) != FMAG_OK)
		return false;
	world->map_size = fmag_config_storage_size(&resolved);
	world->map = mmap(NULL, world->map_size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (world->map == MAP_FAILED)
		return false;
	has_sections = front == FMAG_FRONT_RSEQ;
	world->cache = fmag_cache_build(world->map, hal, &resolved, &platform);
	return watch_storage(world->cache, world->map_size, cpus, threads);
}

size_t world_close(struct world *world)
{
	size_t out;

	watch_nothing();
	out = fmag_cache_fini(world->cache);
	munmap(world->map, world->map_size);
	return out;
}
