/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU's two magazines, as the route changes them: `loaded` through the front,
 * `previous` by an atomic exchange (front/front.h).
 *
 * Each function works on the CPU that the caller is on when it looks; a caller
 * that is migrated between two of them has changed another CPU's magazines, and
 * no harm is done: whoever takes one out holds it.
 */
#ifndef FMAG_CACHE_LOCAL_H
#define FMAG_CACHE_LOCAL_H

#include "cache/cache.h"

/*
 * If another CPU has asked for it, the loaded magazine goes where all find it; an
 * annex's too.
 */
void fmag_local_answer(struct fmag_cache *cache);

/* The CPU's previous magazine, now the caller's to hold; NULL: none. */
struct fmag_magazine *fmag_local_take_previous(struct fmag_cache *cache);

/* Likewise any CPU's, by anyone. */
struct fmag_magazine *fmag_local_take_previous_of(
	struct fmag_cache *cache, unsigned cpu);

/* A frame of the CPU's previous magazine, which stays where it is; FMAG_HPA_NONE:
 * there is none. */
fmag_hpa_t fmag_local_take_from_previous(struct fmag_cache *cache);

/* True where the CPU would not fill the magazine any further. */
bool fmag_local_is_filled(
	struct fmag_cache *cache, const struct fmag_magazine *magazine);

/*
 * Makes a magazine that the caller holds the loaded one; that becomes the
 * previous one, and the previous one goes to the depot. Where the front refuses
 * it the magazine itself does.
 */
void fmag_local_load(struct fmag_cache *cache, struct fmag_magazine *magazine);

/*
 * A frame of a magazine that the caller holds, which is loaded then, as above;
 * FMAG_HPA_NONE: it is empty, and goes to the depot.
 */
fmag_hpa_t fmag_local_alloc_from(
	struct fmag_cache *cache, struct fmag_magazine *magazine);

/*
 * Notes that the CPU had to go to the depot: it fills its magazines further
 * from now on, up to their capacity (Bonwick and Adams 2001).
 */
void fmag_local_grow(struct fmag_cache *cache);

#endif
