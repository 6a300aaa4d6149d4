/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/atomic.h"
#include "cache/cache.h"

/* Counts are read one after the other: never below zero, for all that. */
static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void read_frames(
	const struct fmag_cache *cache, struct fmag_cache_stats *stats)
{
	struct fmag_cache_state *state = cache->state;

	stats->frames_from_hal = fmag_load_relaxed(&state->host.frames_out);
	stats->frames_cached = fmag_depot_count_frames(&state->depot);
	stats->frames_quarantined = fmag_load_relaxed(&state->quarantined);
	if (fmag_cache_is_live(cache))
		fmag_annexes_count(&cache->annexes, stats);
	stats->frames_with_callers = minus(stats->frames_from_hal,
		stats->frames_cached + stats->frames_retired +
			stats->frames_quarantined);
}

static void read_events(
	struct fmag_cache_state *state, struct fmag_cache_stats *stats)
{
	stats->hal_alloc_calls = fmag_load_relaxed(&state->host.alloc_calls);
	stats->hal_dealloc_calls =
		fmag_load_relaxed(&state->host.dealloc_calls);
	stats->depot_takes = fmag_load_relaxed(&state->depot_takes);
	stats->depot_direct = fmag_load_relaxed(&state->depot_direct);
	stats->reclaims = fmag_load_relaxed(&state->reclaims);
	stats->interrupts = fmag_load_relaxed(&state->front.barriers);
	stats->faults = fmag_load_relaxed(&state->faults);
}

void fmag_cache_get_stats(
	struct fmag_cache *cache, struct fmag_cache_stats *stats)
{
	*stats = (struct fmag_cache_stats){
		.metadata_bytes = cache->storage_size,
		.front = cache->front_kind,
		.cpu_count = cache->front.hot.cpu_count,
		.magazine_rounds = cache->capacity,
		.magazine_rounds_min = cache->rounds_min,
		.magazine_count = cache->state->depot.magazine_count,
		.spare_magazines = cache->spare_magazines,
		.isolated_cpus = cache->isolated_cpus,
		.reaches_loaded =
			cache->front.ops->reaches_loaded(&cache->front),
	};
	read_events(cache->state, stats);
	read_frames(cache, stats);
}
