/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordering:
 *   state CAS    acquire   partner of the store: what the last call of the hook
 *                          did comes before the next one
 *   state store  release   as above
 *   state load   relaxed   the CAS decides
 */
#include "cache/watermark.h"

#include "base/atomic.h"

/* Besides the two of enum fmag_watermark: the hook runs. */
#define IN_THE_HOOK 2u

_Static_assert(FMAG_WATERMARK_LOW == 0, "a cache begins so");

static void pass(struct fmag_cache *cache, uint32_t from, uint32_t to)
{
	const struct fmag_watermarks *marks = &cache->watermarks;
	uint32_t *state = &cache->state->watermark;

	if (fmag_load_relaxed(state) != from ||
		!fmag_cas_acquire(state, &from, IN_THE_HOOK))
		return;
	marks->on_watermark(marks->hook_ctx, (enum fmag_watermark)to);
	fmag_store_release(state, to);
}

void fmag_watermark_check(struct fmag_cache *cache)
{
	size_t frames = fmag_depot_full_frames(&cache->state->depot);

	if (frames > cache->watermarks.high)
		pass(cache, FMAG_WATERMARK_LOW, FMAG_WATERMARK_HIGH);
	else if (frames < cache->watermarks.low)
		pass(cache, FMAG_WATERMARK_HIGH, FMAG_WATERMARK_LOW);
}
