/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames that nobody gets any more.
 */
#include <fmag/reclaim.h>

#include "base/atomic.h"
#include "cache/cache.h"
#include "hal/annotate.h"

void fmag_quarantine_frame(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	if (!fmag_host_is_frame(&cache->host, paddr)) {
		fmag_cache_fault(cache, FMAG_FAULT_NOT_A_FRAME, paddr);
		return;
	}
	if (!fmag_cache_check_live(cache))
		return;
	fmag_annotate_frames(&cache->host, &paddr, 1, fmag_annotate_given_back);
	fmag_add_relaxed(&cache->state->quarantined, 1);
}
