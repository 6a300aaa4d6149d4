/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache, as its defaults make it, over the arena's HAL. It is reached
 * through its own HAL, as the baselines are.
 */
#include "allocators/allocator.h"

static struct fmag_cache_stats stats(const struct allocator *allocator)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(allocator->state, &stats);
	return stats;
}

static bool open_cache(struct allocator *allocator)
{
	struct fmag_hal arena;
	struct fmag_cache *cache;

	if (fmag_arena_hal(allocator->pool.arena, FRAME_SIZE, &arena) !=
		FMAG_OK)
		return false;
	if (fmag_cache_create(&cache, &arena, NULL) != FMAG_OK)
		return false;
	allocator->state = cache;
	allocator->hal = fmag_cache_as_hal(cache);
	return true;
}

static size_t frames_free(const struct allocator *allocator)
{
	return fmag_arena_free_bytes(allocator->pool.arena) / FRAME_SIZE +
		(size_t)stats(allocator).frames_cached;
}

static struct cache_counts counts(const struct allocator *allocator)
{
	struct fmag_cache_stats now = stats(allocator);

	return (struct cache_counts){
		.hal_calls = now.hal_alloc_calls + now.hal_dealloc_calls,
		.frames_cached = (size_t)now.frames_cached,
	};
}

static size_t close_cache(struct allocator *allocator)
{
	return fmag_cache_destroy(allocator->state);
}

const struct allocator_kind allocator_fmag = {
	.name = "fmag",
	.open = open_cache,
	.frames_free = frames_free,
	.counts = counts,
	.close = close_cache,
};
