/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache/refill.h"

#include "base/annotate.h"
#include "cache/evacuate.h"
#include "cache/flush.h"
#include "cache/local.h"
#include "cache/node.h"

/* Keeps what the HAL gave beyond the caller's frame. */
static void keep_run(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine;
	size_t kept = 0;

	while (kept < count) {
		magazine = fmag_is_admitted(cache, frames[kept])
			? fmag_depot_get_room(depot, fmag_own_shelf(cache))
			: NULL;
		if (magazine == NULL) {
			fmag_flush_frame(cache, frames[kept++]);
			continue;
		}
		kept += fmag_admit_many(
			cache, magazine, frames + kept, count - kept);
		fmag_local_load(cache, magazine);
	}
}

/* Those first that are of more use zeroed. */
static void keep_zeroed_run(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_annex *annex =
		fmag_annexes_get(&cache->annexes, FMAG_ANNEX_CLEAN);
	size_t kept = 0;

	if (annex != NULL && annex->ops->keep_zeroed != NULL)
		kept = annex->ops->keep_zeroed(annex, frames, count);
	keep_run(cache, frames + kept, count - kept);
}

/*
 * Gives those back that the HAL should not have given (fmag_cache_evacuate());
 * how many are left. Between host_enter and host_leave.
 */
static size_t give_back_evacuated(
	struct fmag_cache *cache, fmag_hpa_t *frames, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (fmag_likely(fmag_is_admitted(cache, frames[i])))
			frames[left++] = frames[i];
		else
			fmag_host_give(&cache->host, &frames[i], 1);
	}
	return left;
}

/*
 * Where all frames are to be zero. Those that cannot be zeroed go back; how many
 * are left.
 */
static size_t clean_run(
	struct fmag_cache *cache, fmag_hpa_t *frames, size_t count)
{
	size_t left = 0;

	for (size_t i = 0; i < count; i++) {
		if (fmag_cache_make_clean(cache, frames[i], 1))
			frames[left++] = frames[i];
		else
			fmag_flush_frame(cache, frames[i]);
	}
	return left;
}

fmag_hpa_t fmag_refill_alloc(struct fmag_cache *cache)
{
	return fmag_refill_alloc_of(cache, FMAG_NODE_ANY);
}

fmag_hpa_t fmag_refill_alloc_of(struct fmag_cache *cache, int node)
{
	fmag_hpa_t run[FMAG_HAL_RUN];
	size_t count, taken;
	unsigned flags;
	uint32_t *mark;

	count = !FMAG_FETCHES_ONE && fmag_depot_has_room(&cache->state->depot)
		? fmag_run_length(cache)
		: 1;
	if (!fmag_host_enter(&cache->host, &mark))
		return FMAG_HPA_NONE;
	taken = fmag_host_take(&cache->host, node, run, count, &flags);
	taken = give_back_evacuated(cache, run, taken);
	fmag_host_leave(mark);
	if (fmag_cache_is_clean(cache) && (flags & FMAG_FRAMES_ZEROED) == 0)
		taken = clean_run(cache, run, taken);
	if (taken == 0)
		return FMAG_HPA_NONE;
	if (flags & FMAG_FRAMES_ZEROED)
		keep_zeroed_run(cache, run + 1, taken - 1);
	else
		keep_run(cache, run + 1, taken - 1);
	fmag_flush_for_spares(cache);
	return run[0];
}
