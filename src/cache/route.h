/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The route of a frame: local -> depot -> HAL, and back. Alone knows it.
 */
#ifndef FMAG_CACHE_ROUTE_H
#define FMAG_CACHE_ROUTE_H

#include "cache/cache.h"

enum fmag_reach {
	FMAG_REACH_HAL,    /* as far as the HAL */
	FMAG_REACH_CACHED, /* not beyond the depot */
};

/* An alloc that missed its CPU's magazines. */
fmag_hpa_t fmag_route_alloc(struct fmag_cache *cache, enum fmag_reach reach);

/*
 * Likewise, but no further than this CPU's magazines and the depot, and without
 * proof that there is none.
 */
fmag_hpa_t fmag_route_alloc_near(struct fmag_cache *cache);

/* A free of a valid frame that missed its CPU's magazines. */
void fmag_route_dealloc(struct fmag_cache *cache, fmag_hpa_t frame);

#endif
