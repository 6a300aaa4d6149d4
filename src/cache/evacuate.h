/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may lie in a magazine: every frame but those of evacuated ranges. Whatever
 * comes into a magazine other than by a hit comes through here.
 */
#ifndef FMAG_CACHE_EVACUATE_H
#define FMAG_CACHE_EVACUATE_H

#include "base/atomic.h"
#include "cache/cache.h"

/* Of any range, by now. */
bool fmag_is_evacuated(const struct fmag_cache *cache, fmag_hpa_t frame);

/* Whether any of the bytes from `first` to `last` is. */
bool fmag_overlaps_evacuated(
	const struct fmag_cache *cache, fmag_hpa_t first, fmag_hpa_t last);

/* False for a frame that is to go to the HAL. */
static inline bool fmag_is_admitted(
	const struct fmag_cache *cache, fmag_hpa_t frame)
{
	return fmag_likely(
		       fmag_load_relaxed(&cache->state->front.no_room) == 0) ||
		!fmag_is_evacuated(cache, frame);
}

/*
 * Puts a frame into a magazine that the caller holds. False: it may not lie
 * there, or there is no room.
 */
bool fmag_admit(struct fmag_cache *cache, struct fmag_magazine *magazine,
	fmag_hpa_t frame);

/* Likewise up to `count` frames, but none after one that it is false for; how many. */
size_t fmag_admit_many(struct fmag_cache *cache, struct fmag_magazine *magazine,
	const fmag_hpa_t *frames, size_t count);

/* What another cache keeps out, a new one does. No evacuation runs on either. */
void fmag_evacuate_likewise(
	struct fmag_cache *cache, const struct fmag_cache *other);

#endif
