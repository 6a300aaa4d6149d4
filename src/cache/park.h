/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parking: frames whose owner can do without them, and would rather have the
 * same ones again. They lie in a SHARED magazine of the table that the owner
 * holds, on no stack and in no slot. So
 *   - no alloc comes by them but in a search (cache/search.c), which goes through
 *     the table: where neither the depot nor the HAL had a frame, nor another
 *     CPU's previous magazine. So G4 holds, without a word about parking there;
 *   - they are counted, drained and evacuated as any magazine's;
 *   - the owner takes back what is left as anyone takes (M2), and nobody but the
 *     owner, its holder, adds to it.
 */
#ifndef FMAG_CACHE_PARK_H
#define FMAG_CACHE_PARK_H

#include "cache/cache.h"

/*
 * Parks the first of `count` frames in *magazine; where that is NULL, in an empty
 * magazine, which the caller holds from now on. How many: fewer where there is no
 * room, or one may not lie in a magazine (cache/evacuate.h); none where a free
 * zeroes them.
 */
size_t fmag_park(struct fmag_cache *cache, struct fmag_magazine **magazine,
	const fmag_hpa_t *frames, size_t count);

/* Takes back up to `count` of what is left; how many. */
size_t fmag_unpark(
	struct fmag_magazine *magazine, fmag_hpa_t *frames, size_t count);

/* Gives the magazine up, with whatever is in it. */
void fmag_park_end(struct fmag_cache *cache, struct fmag_magazine *magazine);

#endif
