/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames on their way from the HAL.
 */
#ifndef FMAG_CACHE_REFILL_H
#define FMAG_CACHE_REFILL_H

#include "cache/cache.h"

/*
 * A frame from the HAL, which gives a run where it can; the others are kept.
 * FMAG_HPA_NONE: it has none, or may not be called here.
 */
fmag_hpa_t fmag_refill_alloc(struct fmag_cache *cache);

/* Likewise one of that node, or of any. */
fmag_hpa_t fmag_refill_alloc_of(struct fmag_cache *cache, int node);

#endif
