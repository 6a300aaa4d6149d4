/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache/refill.h"

#include "base/annotate.h"
#include "cache/flush.h"
#include "cache/local.h"

/* Keeps what the HAL gave beyond the caller's frame. */
static void keep_run(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine;
	size_t kept = 0;

	while (kept < count &&
		(magazine = fmag_depot_get_room(depot)) != NULL) {
		kept += fmag_magazine_add(
			magazine, depot->capacity, frames + kept, count - kept);
		fmag_local_load(cache, magazine);
	}
	for (; kept < count; kept++)
		fmag_flush_frame(cache, frames[kept]);
}

fmag_hpa_t fmag_refill_alloc(struct fmag_cache *cache)
{
	fmag_hpa_t run[FMAG_HAL_RUN];
	size_t count, taken;
	uint32_t *mark;

	count = !FMAG_FETCHES_ONE && fmag_depot_has_room(&cache->state->depot)
		? fmag_run_length(cache)
		: 1;
	if (!fmag_host_enter(&cache->host, &mark))
		return FMAG_HPA_NONE;
	taken = fmag_host_take(&cache->host, run, count);
	fmag_host_leave(mark);
	if (taken == 0)
		return FMAG_HPA_NONE;
	keep_run(cache, run + 1, taken - 1);
	fmag_flush_for_spares(cache);
	return run[0];
}
