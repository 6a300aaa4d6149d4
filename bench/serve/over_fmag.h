/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a subject that is fmag: linked as a hypervisor embeds it, the static
 * library, by direct calls. Included once, by the subject's file; after
 * <fmag/inline.h> its hits are in the loops.
 */
#ifndef BENCH_SERVE_OVER_FMAG_H
#define BENCH_SERVE_OVER_FMAG_H

#include <fmag/arena.h>
#include <fmag/cache.h>
#include <fmag/clean.h>

#include "support/message.h"

/* From a frame's address to that of its memory: the arena's are in one piece. */
static uintptr_t over_fmag_distance;

static inline fmag_hpa_t alloc_one(void *ctx)
{
	return fmag_alloc_frame(ctx);
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	fmag_dealloc_frame(ctx, frame);
}

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	return (void *)((uintptr_t)frame + over_fmag_distance);
}

#define RUN_HAS_BULK

static inline size_t alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	return fmag_alloc_frames(ctx, frames, count);
}

static inline void free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	fmag_dealloc_frames(ctx, frames, count);
}

#define RUN_HAS_ZEROED

static inline fmag_hpa_t alloc_zeroed(void *ctx)
{
	return fmag_alloc_frame_zeroed(ctx);
}

#include "serve/loops.h"

static struct fmag_arena *over_fmag_arena;

static inline enum fmag_status over_fmag_open_arena(
	size_t frames, struct fmag_hal *hal)
{
	const struct fmag_arena_config memory = {
		.struct_size = sizeof(memory),
		.size = frames * FMAG_ARENA_GRANULE,
		.flags = FMAG_ARENA_POPULATE,
	};
	enum fmag_status status = fmag_arena_create(&over_fmag_arena, &memory);

	if (status != FMAG_OK)
		return status;
	over_fmag_distance = (uintptr_t)fmag_arena_memory(over_fmag_arena) -
		(uintptr_t)fmag_arena_base(over_fmag_arena);
	return fmag_arena_hal(over_fmag_arena, FMAG_ARENA_GRANULE, hal);
}

/* A cache over an arena; `rounds` of a magazine, 0: as by default. */
static inline enum fmag_status over_fmag_open(
	enum fmag_front_kind front, unsigned rounds, size_t frames, void **ctx)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.magazine_rounds = rounds,
		.front = front,
	};
	struct fmag_cache *cache = NULL;
	struct fmag_hal hal;
	enum fmag_status status = over_fmag_open_arena(frames, &hal);

	if (status == FMAG_OK)
		status = fmag_cache_create(&cache, &hal, &config);
	*ctx = cache;
	return status;
}

/* The cache's own; the arena beneath it is the same for others. */
static struct run_inventory over_fmag_inventory(void *ctx)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(ctx, &stats);
	return (struct run_inventory){
		.frames = fmag_arena_size(over_fmag_arena) / RUN_FRAME_SIZE,
		.metadata_bytes = (size_t)stats.metadata_bytes,
		.frames_cacheable =
			(size_t)stats.magazine_count * stats.magazine_rounds,
	};
}

/* The arena's end, and what the cache's said: frames that are still out. */
static inline bool over_fmag_check(size_t out)
{
	struct fmag_arena *arena = over_fmag_arena;
	size_t lost = fmag_arena_size(arena) - fmag_arena_free_bytes(arena);

	fmag_arena_destroy(arena);
	if (out == 0 && lost == 0)
		return true;
	message("fmag: %zu frames still out, %zu bytes missing in the arena",
		out, lost);
	return false;
}

static inline bool over_fmag_close(void *ctx)
{
	return over_fmag_check(fmag_cache_destroy(ctx));
}

#endif
