/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache, as its defaults make it, over the arena's HAL. It is reached
 * through its own HAL, as the baselines are.
 */
#include "subject.h"

static struct fmag_cache_stats stats(const struct subject *subject)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(subject->state, &stats);
	return stats;
}

static bool open_cache(struct subject *subject)
{
	struct fmag_hal arena;
	struct fmag_cache *cache;

	if (fmag_arena_hal(subject->pool.arena, FRAME_SIZE, &arena) != FMAG_OK)
		return false;
	if (fmag_cache_create(&cache, &arena, NULL) != FMAG_OK)
		return false;
	subject->state = cache;
	subject->hal = fmag_cache_as_hal(cache);
	return true;
}

static size_t frames_free(const struct subject *subject)
{
	return fmag_arena_free_bytes(subject->pool.arena) / FRAME_SIZE +
		(size_t)stats(subject).frames_cached;
}

static struct cache_counts counts(const struct subject *subject)
{
	struct fmag_cache_stats now = stats(subject);

	return (struct cache_counts){
		.hal_calls = now.hal_alloc_calls + now.hal_dealloc_calls,
		.frames_cached = (size_t)now.frames_cached,
	};
}

static size_t close_cache(struct subject *subject)
{
	return fmag_cache_destroy(subject->state);
}

const struct subject_kind subject_fmag = {
	.name = "fmag",
	.open = open_cache,
	.frames_free = frames_free,
	.counts = counts,
	.close = close_cache,
};
