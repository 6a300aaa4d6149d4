/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last step of an alloc: a frame from wherever there is one, or the proof
 * that there is none (G4).
 */
#ifndef FMAG_CACHE_SEARCH_H
#define FMAG_CACHE_SEARCH_H

#include "cache/cache.h"
#include "cache/route.h"

/* FMAG_HPA_NONE: there was none, at one instant inside the call. */
fmag_hpa_t fmag_search_alloc(struct fmag_cache *cache, enum fmag_reach reach);

/*
 * One look at everything but annexes and the HAL, other CPUs' magazines too: a
 * frame, or FMAG_HPA_NONE and *moves. Two looks without a frame and with equal
 * sums prove that there was none at any instant between them, where frames come
 * by adds to SHARED magazines only (clean/clean.h).
 */
fmag_hpa_t fmag_search_look(struct fmag_cache *cache, uint64_t *moves);

#endif
