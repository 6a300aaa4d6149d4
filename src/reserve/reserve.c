/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants:
 *   V1 frames[0 .. count) are the reserve's owner's, as any caller's frames are;
 *      count is FMAG_RESERVE_MAX at most.
 *   V2 While it is parked, count is 0: an alloc needs no test but that.
 *   V3 `parked` is held by the reserve, SHARED, and had no more frames than
 *      there is room for here; it is NULL unless is_parked.
 * A frame changes between the two only in topup and park. One that is stopped
 * for ever there keeps what it had in its hands, FMAG_RESERVE_MAX at most: as
 * many as a reserve that is held.
 */
#include <fmag/reserve.h>

#include "base/annotate.h"
#include "base/atomic.h"
#include "cache/cache.h"
#include "cache/park.h"
#include "hal/annotate.h"

void fmag_reserve_init(struct fmag_reserve *reserve, struct fmag_cache *cache)
{
	reserve->cache = cache;
	reserve->count = 0;
	reserve->parked = NULL;
	reserve->is_parked = false;
}

/* What is left of the parked ones; the magazine is kept. */
static void take_back(struct fmag_reserve *reserve)
{
	if (reserve->parked == NULL)
		return;
	reserve->count =
		fmag_unpark(reserve->parked, reserve->frames, FMAG_RESERVE_MAX);
	fmag_annotate_written(
		reserve->frames, reserve->count * sizeof(*reserve->frames));
	fmag_annotate_frames(&reserve->cache->host, reserve->frames,
		reserve->count, fmag_annotate_handed_out);
}

/* Everything that is held; the magazine is kept, or one got. */
static void give_up(struct fmag_reserve *reserve)
{
	size_t count = reserve->count, parked;

	reserve->count = 0;
	if (count == 0)
		return;
	fmag_annotate_frames(&reserve->cache->host, reserve->frames, count,
		fmag_annotate_given_back);
	parked = fmag_park(
		reserve->cache, &reserve->parked, reserve->frames, count);
	fmag_dealloc_frames(
		reserve->cache, reserve->frames + parked, count - parked);
}

static void leave_parking(struct fmag_reserve *reserve)
{
	if (reserve->parked != NULL)
		fmag_park_end(reserve->cache, reserve->parked);
	reserve->parked = NULL;
	reserve->is_parked = false;
}

/* All or none of what is missing. */
static bool fetch(struct fmag_reserve *reserve, size_t count)
{
	fmag_hpa_t *frames = reserve->frames + reserve->count;
	size_t missing, got;

	if (reserve->count >= count)
		return true;
	missing = count - reserve->count;
	got = fmag_alloc_frames(reserve->cache, frames, missing);
	if (got == missing)
		reserve->count = count;
	else
		fmag_dealloc_frames(reserve->cache, frames, got);
	return got == missing;
}

enum fmag_status fmag_reserve_topup(struct fmag_reserve *reserve, size_t count)
{
	if (count > FMAG_RESERVE_MAX)
		return FMAG_ERR_INVALID;
	if (!fmag_cache_check_live(reserve->cache))
		return FMAG_ERR_NO_MEMORY;
	if (reserve->is_parked)
		take_back(reserve);
	if (fetch(reserve, count)) {
		leave_parking(reserve);
		return FMAG_OK;
	}
	if (reserve->is_parked)
		give_up(reserve);
	return FMAG_ERR_NO_MEMORY;
}

/*
 * More was taken than topup promised: whoever relies on an allocation that cannot
 * fail has no way to go on, so this is a fault, not an answer.
 */
static FMAG_COLD fmag_hpa_t alloc_failed(struct fmag_reserve *reserve)
{
	if (fmag_cache_check_live(reserve->cache))
		fmag_cache_fault(reserve->cache,
			reserve->is_parked ? FMAG_FAULT_RESERVE_PARKED
					   : FMAG_FAULT_RESERVE_EMPTY,
			FMAG_HPA_NONE);
	return FMAG_HPA_NONE;
}

/* In a forked child the frames are the parent's: so `live` is looked at. */
fmag_hpa_t fmag_reserve_alloc(struct fmag_reserve *reserve)
{
	if (fmag_unlikely(reserve->count == 0 ||
		    !fmag_load_relaxed(&reserve->cache->state->live)))
		return alloc_failed(reserve);
	return reserve->frames[--reserve->count];
}

size_t fmag_reserve_count(const struct fmag_reserve *reserve)
{
	return reserve->count;
}

void fmag_reserve_park(struct fmag_reserve *reserve)
{
	if (reserve->is_parked || !fmag_cache_check_live(reserve->cache))
		return;
	reserve->is_parked = true;
	give_up(reserve);
}

void fmag_reserve_fini(struct fmag_reserve *reserve)
{
	struct fmag_reserve had = *reserve;

	fmag_reserve_init(reserve, had.cache);
	if (had.count == 0 && had.parked == NULL)
		return;
	if (!fmag_cache_check_live(had.cache))
		return;
	leave_parking(&had);
	fmag_dealloc_frames(had.cache, had.frames, had.count);
}
