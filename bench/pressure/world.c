/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/world.h"

#include "pressure/barriers.h"
#include "support/cpus.h"
#include "support/message.h"

#include <stdlib.h>

const char *world_front_name(enum fmag_front_kind front)
{
	switch (front) {
	case FMAG_FRONT_RSEQ:
		return "fmag-rseq";
	case FMAG_FRONT_OWNER:
		return "fmag-owner";
	case FMAG_FRONT_CLAIM:
	case FMAG_FRONT_DEFAULT:
	default:
		return "fmag-claim";
	}
}

unsigned world_most_cpus(enum fmag_front_kind front)
{
	unsigned cpus = cpus_count();

	if (front != FMAG_FRONT_RSEQ)
		return WORLD_MAX_CPUS;
	return cpus < WORLD_MAX_CPUS ? cpus : WORLD_MAX_CPUS;
}

static unsigned current_cpu(void *hook_ctx)
{
	const struct world *world = hook_ctx;

	return world->cpu;
}

static void poke_cpu(void *hook_ctx, unsigned cpu)
{
	struct world *world = hook_ctx;

	world->poked[cpu] = true;
	world->pokes++;
}

static struct fmag_config config_of(struct world *world)
{
	struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = world->front,
		.hook_ctx = world,
	};

	/* The numbers of CPUs that the process may use can be any. */
	if (world->front == FMAG_FRONT_RSEQ)
		return config;
	config.cpu_count = world->cpus;
	config.current_cpu = current_cpu;
	config.poke_cpu = world->front == FMAG_FRONT_OWNER ? poke_cpu : NULL;
	return config;
}

static enum fmag_status open_arena(struct world *world, size_t frames)
{
	const struct fmag_arena_config config = {
		.struct_size = sizeof(config),
		.size = frames * FMAG_ARENA_GRANULE,
	};
	enum fmag_status status = fmag_arena_create(&world->arena, &config);

	return status != FMAG_OK
		? status
		: fmag_arena_hal(world->arena, FMAG_ARENA_GRANULE, &world->hal);
}

static enum fmag_status open_cache(struct world *world, size_t frames)
{
	struct fmag_config config = config_of(world);
	enum fmag_status status = open_arena(world, frames);

	if (status == FMAG_OK)
		status = fmag_cache_create(&world->cache, &world->hal, &config);
	if (status != FMAG_OK)
		return status;
	world->frames = calloc(frames, sizeof(*world->frames));
	return world->frames != NULL ? FMAG_OK : FMAG_ERR_NO_MEMORY;
}

enum fmag_status world_open(struct world *world, enum fmag_front_kind front,
	unsigned cpus, size_t frames)
{
	enum fmag_status status;

	*world = (struct world){ .front = front, .cpus = cpus };
	sched_getaffinity(0, sizeof(world->home), &world->home);
	status = open_cache(world, frames);
	if (status == FMAG_OK)
		return FMAG_OK;
	if (status != FMAG_ERR_UNSUPPORTED)
		message("%s, %zu frames: %s", world_front_name(front), frames,
			fmag_status_message(status));
	if (world->cache != NULL)
		fmag_cache_destroy(world->cache);
	if (world->arena != NULL)
		fmag_arena_destroy(world->arena);
	return status;
}

static void go_home(const struct world *world)
{
	if (world->front == FMAG_FRONT_RSEQ)
		sched_setaffinity(0, sizeof(world->home), &world->home);
}

bool world_close(struct world *world)
{
	size_t out, lost;

	world_free_many(world, world->count);
	go_home(world);
	out = fmag_cache_destroy(world->cache);
	lost = fmag_arena_size(world->arena) -
		fmag_arena_free_bytes(world->arena);
	fmag_arena_destroy(world->arena);
	free(world->frames);
	if (out == 0 && lost == 0)
		return true;
	message("%s: %zu frames still out, %zu bytes missing in the arena",
		world_front_name(world->front), out, lost);
	return false;
}

void world_be(struct world *world, unsigned cpu)
{
	cpu_set_t own;

	world->cpu = cpu;
	if (world->front != FMAG_FRONT_RSEQ)
		return;
	/* They are counted among those that the thread may be on. */
	go_home(world);
	if (cpus_choose(cpu, &own))
		sched_setaffinity(0, sizeof(own), &own);
}

bool world_alloc(struct world *world)
{
	fmag_hpa_t frame = fmag_alloc_frame(world->cache);

	if (frame == FMAG_HPA_NONE)
		return false;
	world->frames[world->count++] = frame;
	return true;
}

void world_free(struct world *world)
{
	fmag_dealloc_frame(world->cache, world->frames[--world->count]);
}

size_t world_alloc_many(struct world *world, size_t count)
{
	size_t came = 0;

	while (came < count && world_alloc(world))
		came++;
	return came;
}

void world_free_many(struct world *world, size_t count)
{
	for (size_t i = 0; i < count; i++)
		world_free(world);
}

void world_answer(struct world *world)
{
	for (unsigned cpu = 0; cpu < world->cpus; cpu++) {
		if (!world->poked[cpu])
			continue;
		world->poked[cpu] = false;
		world_be(world, cpu);
		fmag_cpu_poked(world->cache);
	}
}

struct fmag_cache_stats world_stats(const struct world *world)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(world->cache, &stats);
	return stats;
}

struct world_counts world_counts(const struct world *world)
{
	struct fmag_cache_stats stats = world_stats(world);

	return (struct world_counts){
		.hal_calls = stats.hal_alloc_calls + stats.hal_dealloc_calls,
		.depot_takes = stats.depot_takes,
		.depot_direct = stats.depot_direct,
		.barriers = barriers_count(),
		.pokes = world->pokes,
	};
}
