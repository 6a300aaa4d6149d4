/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A zeroed frame: one that was zeroed ahead, by a hit in the cache that such
 * frames are in; otherwise one that is zeroed here.
 *
 * Which cache that is:
 *   NULL         nobody zeroes ahead
 *   another one  clean/clean.h: what lies there is zero
 *   this one     every frame in it is zero (zero_on_free)
 *
 * Ordering:
 *   clean load   acquire   partner of the store that attaches it
 */
#include <fmag/clean.h>

#include "base/atomic.h"
#include "base/compiler.h"
#include "cache/route.h"
#include "cache/search.h"
#include "front/hit.h"
#include "hal/annotate.h"

static fmag_hpa_t handed_out(struct fmag_cache *cache, fmag_hpa_t frame)
{
	fmag_annotate_frames(&cache->host, &frame, 1, fmag_annotate_handed_out);
	return frame;
}

static fmag_hpa_t zero_in_place(
	struct fmag_cache *cache, enum fmag_status *status)
{
	fmag_hpa_t frame = fmag_alloc_frame(cache);

	*status = FMAG_ERR_NO_MEMORY;
	if (frame == FMAG_HPA_NONE)
		return FMAG_HPA_NONE;
	*status = fmag_cache_fill(cache, frame, 0);
	if (*status == FMAG_OK)
		return frame;
	fmag_dealloc_frame(cache, frame);
	return FMAG_HPA_NONE;
}

/* One that lies near, in the other cache. */
static fmag_hpa_t take_clean(struct fmag_cache *clean)
{
	fmag_hpa_t frame = clean->front.ops->pop(&clean->front);

	return frame != FMAG_HPA_NONE ? frame : fmag_route_alloc_near(clean);
}

/*
 * Near, or zeroed here. Where no frame can be zeroed here, clean ones of other CPUs
 * are to be had, and those that came from the HAL just now.
 */
static fmag_hpa_t alloc_from_clean(struct fmag_cache *cache,
	struct fmag_cache *clean, enum fmag_status *status)
{
	fmag_hpa_t frame = take_clean(clean);
	uint64_t moves;

	if (frame == FMAG_HPA_NONE) {
		frame = zero_in_place(cache, status);
		if (frame != FMAG_HPA_NONE || *status == FMAG_ERR_NO_MEMORY)
			return frame;
		frame = fmag_search_look(clean, &moves);
	}
	if (frame != FMAG_HPA_NONE)
		*status = FMAG_OK;
	return handed_out(cache, frame);
}

static FMAG_COLD fmag_hpa_t alloc_zeroed_missed(struct fmag_cache *cache,
	struct fmag_cache *clean, enum fmag_status *status)
{
	fmag_hpa_t frame;

	*status = FMAG_ERR_NO_MEMORY;
	if (!fmag_cache_check_live(cache))
		return FMAG_HPA_NONE;
	if (clean == NULL)
		return zero_in_place(cache, status);
	if (clean != cache)
		return alloc_from_clean(cache, clean, status);
	frame = fmag_alloc_frame(cache);
	if (frame != FMAG_HPA_NONE)
		*status = FMAG_OK;
	return frame;
}

static inline bool hit_clean(const struct fmag_cache *clean, fmag_hpa_t *frame)
{
	return fmag_likely(clean != NULL) && fmag_hit_pop(&clean->front, frame);
}

fmag_hpa_t fmag_cache_alloc_zeroed(
	struct fmag_cache *cache, enum fmag_status *status)
{
	struct fmag_cache *clean = fmag_load_acquire(&cache->clean);
	fmag_hpa_t frame;

	*status = FMAG_OK;
	if (fmag_unlikely(!hit_clean(clean, &frame)))
		return alloc_zeroed_missed(cache, clean, status);
	return handed_out(cache, frame);
}

FMAG_HIT fmag_hpa_t fmag_alloc_frame_zeroed(struct fmag_cache *cache)
{
	struct fmag_cache *clean = fmag_load_acquire(&cache->clean);
	enum fmag_status status;
	fmag_hpa_t frame;

	if (fmag_unlikely(!hit_clean(clean, &frame)))
		return alloc_zeroed_missed(cache, clean, &status);
	return handed_out(cache, frame);
}
