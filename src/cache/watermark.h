/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The watermarks: whoever wants to know that the depot runs full, or low.
 *
 *	     rises above high: HIGH is called
 *	LOW ---------------------------------> HIGH
 *	    <---------------------------------
 *	     falls below low: LOW is called
 *
 * It begins as LOW. While the hook runs the state is neither, so that nobody
 * else calls it; one that never returns is not called again, and stops nobody.
 */
#ifndef FMAG_CACHE_WATERMARK_H
#define FMAG_CACHE_WATERMARK_H

#include "cache/cache.h"

/* Has the watermarks: calls the hook if one was passed. */
FMAG_COLD void fmag_watermark_check(struct fmag_cache *cache);

/* At the end of a call that was at the depot. */
static inline void fmag_watermark_look(struct fmag_cache *cache)
{
	if (fmag_unlikely(cache->watermarks.high != 0))
		fmag_watermark_check(cache);
}

#endif
