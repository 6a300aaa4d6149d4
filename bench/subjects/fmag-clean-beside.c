/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same, and beside faults another CPU scrubs frames of the same cache as
 * fast as it can. Those it takes clean and frees, so that there are as many clean
 * ones as before.
 */
#include <fmag/clean.h>

#define SLICE 16

#define RUN_HAS_BESIDE

static inline void work_beside(void *ctx)
{
	fmag_hpa_t frames[SLICE];
	size_t count = 0;

	while (count < SLICE &&
		(frames[count] = fmag_alloc_frame_zeroed(ctx)) != FMAG_HPA_NONE)
		count++;
	fmag_dealloc_frames(ctx, frames, count);
	fmag_cache_scrub(ctx, SLICE);
}

#include "subjects/fmag-clean.h"

CLEAN_SUBJECT;
