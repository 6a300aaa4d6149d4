/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs for single frames, and for many.
 */
#include <fmag/detail/abi.h>
#include <fmag/detail/check.h>

#include "base/compiler.h"
#include "cache/route.h"
#include "front/hit.h"
#include "hal/annotate.h"

/* Code that was compiled for this library refers to it: fmag/inline.h. */
extern const char FMAG_ABI_TAG_ FMAG_API;
const char FMAG_ABI_TAG_ = 0;

static void handed_out(
	const struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	fmag_annotate_frames(
		&cache->host, frames, count, fmag_annotate_handed_out);
}

/* Before the first step by which another call could find them. */
static void given_back(
	const struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	fmag_annotate_frames(
		&cache->host, frames, count, fmag_annotate_given_back);
}

/* A frame that its CPU's magazines do not have. */
static FMAG_COLD fmag_hpa_t alloc_missed(
	struct fmag_cache *cache, enum fmag_reach reach)
{
	fmag_hpa_t frame = cache->front.ops->pop(&cache->front);

	if (fmag_unlikely(frame == FMAG_HPA_NONE))
		frame = fmag_route_alloc(cache, reach);
	handed_out(cache, &frame, 1);
	return frame;
}

FMAG_HIT fmag_hpa_t fmag_alloc_frame(struct fmag_cache *cache)
{
	fmag_hpa_t frame;

	if (fmag_unlikely(!fmag_hit_pop(&cache->front, &frame)))
		return alloc_missed(cache, FMAG_REACH_HAL);
	handed_out(cache, &frame, 1);
	return frame;
}

FMAG_HIT fmag_hpa_t fmag_alloc_frame_cached(struct fmag_cache *cache)
{
	fmag_hpa_t frame;

	if (fmag_unlikely(!fmag_hit_pop(&cache->front, &frame)))
		return alloc_missed(cache, FMAG_REACH_CACHED);
	handed_out(cache, &frame, 1);
	return frame;
}

/* A frame that its CPU's magazines do not take. */
static FMAG_COLD void dealloc_missed(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	switch (cache->front.ops->push(&cache->front, paddr)) {
	case FMAG_FRONT_DONE:
		return;
	case FMAG_FRONT_REPEAT:
		fmag_cache_fault(cache, FMAG_FAULT_DOUBLE_FREE, paddr);
		return;
	default:
		fmag_route_dealloc(cache, paddr);
	}
}

static FMAG_COLD void dealloc_bad(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	fmag_cache_fault(cache, FMAG_FAULT_NOT_A_FRAME, paddr);
}

FMAG_HIT void fmag_dealloc_frame(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	if (fmag_unlikely(!fmag_is_frame(cache->front.hot.frame_mask, paddr))) {
		dealloc_bad(cache, paddr);
		return;
	}
	given_back(cache, &paddr, 1);
	if (fmag_unlikely(!fmag_hit_push(&cache->front, paddr)))
		dealloc_missed(cache, paddr);
}

/*
 * Each turn takes what the CPU has, then one frame by the long way, which
 * leaves a magazine for the next turn. How many, `done` among them.
 */
static FMAG_COLD size_t alloc_many_missed(
	struct fmag_cache *cache, fmag_hpa_t *frames, size_t count, size_t done)
{
	fmag_hpa_t frame;

	while (done < count) {
		done += cache->front.ops->pop_many(
			&cache->front, frames + done, count - done);
		if (done == count)
			break;
		frame = fmag_route_alloc(cache, FMAG_REACH_HAL);
		if (frame == FMAG_HPA_NONE)
			break;
		frames[done++] = frame;
	}
	return done;
}

size_t fmag_alloc_frames(
	struct fmag_cache *cache, fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	if (fmag_likely(count > 0))
		done = fmag_hit_pop_many(&cache->front, frames, count);
	if (fmag_unlikely(done < count))
		done = alloc_many_missed(cache, frames, count, done);
	fmag_annotate_written(frames, done * sizeof(*frames));
	handed_out(cache, frames, done);
	return done;
}

/* Those of `count` frames that come after the first `done`. */
static FMAG_COLD void dealloc_many_missed(struct fmag_cache *cache,
	const fmag_hpa_t *frames, size_t count, size_t done)
{
	while (done < count) {
		done += cache->front.ops->push_many(
			&cache->front, frames + done, count - done);
		if (done < count)
			dealloc_missed(cache, frames[done++]);
	}
}

static void dealloc_many_plain(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	size_t done;

	given_back(cache, frames, count);
	done = fmag_hit_push_many(&cache->front, frames, count);
	if (fmag_unlikely(done < count))
		dealloc_many_missed(cache, frames, count, done);
}

void fmag_dealloc_frames(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t plain = fmag_count_plain(
			&cache->front.hot, frames + done, count - done);

		if (fmag_likely(plain > 0))
			dealloc_many_plain(cache, frames + done, plain);
		done += plain;
		if (done < count)
			fmag_dealloc_frame(cache, frames[done++]);
	}
}
