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

#endif
