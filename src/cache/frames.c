/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs for single frames, and for many.
 */
#include "base/compiler.h"
#include "cache/route.h"
#include "hal/annotate.h"

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

static bool check_frame(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	if (fmag_likely(fmag_host_is_frame(&cache->host, paddr)))
		return true;
	fmag_cache_fault(cache, FMAG_FAULT_NOT_A_FRAME, paddr);
	return false;
}

fmag_hpa_t fmag_alloc_frame(struct fmag_cache *cache)
{
	fmag_hpa_t frame = cache->front.ops->pop(&cache->front);

	if (fmag_unlikely(frame == FMAG_HPA_NONE))
		frame = fmag_route_alloc(cache, FMAG_REACH_HAL);
	handed_out(cache, &frame, 1);
	return frame;
}

fmag_hpa_t fmag_alloc_frame_cached(struct fmag_cache *cache)
{
	fmag_hpa_t frame = cache->front.ops->pop(&cache->front);

	if (fmag_unlikely(frame == FMAG_HPA_NONE))
		frame = fmag_route_alloc(cache, FMAG_REACH_CACHED);
	handed_out(cache, &frame, 1);
	return frame;
}

static void dealloc_valid(struct fmag_cache *cache, fmag_hpa_t paddr)
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

void fmag_dealloc_frame(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	if (!check_frame(cache, paddr))
		return;
	given_back(cache, &paddr, 1);
	dealloc_valid(cache, paddr);
}

/*
 * Each turn takes what the CPU has, then one frame by the long way, which
 * leaves a magazine for the next turn.
 */
size_t fmag_alloc_frames(
	struct fmag_cache *cache, fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;
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
	fmag_annotate_written(frames, done * sizeof(*frames));
	handed_out(cache, frames, done);
	return done;
}

/* How many of the first frames are valid. */
static size_t count_valid(
	const struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	size_t valid = 0;

	while (valid < count && fmag_host_is_frame(&cache->host, frames[valid]))
		valid++;
	return valid;
}

static void dealloc_many_valid(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	given_back(cache, frames, count);
	while (done < count) {
		done += cache->front.ops->push_many(
			&cache->front, frames + done, count - done);
		if (done < count)
			dealloc_valid(cache, frames[done++]);
	}
}

void fmag_dealloc_frames(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t valid = count_valid(cache, frames + done, count - done);

		dealloc_many_valid(cache, frames + done, valid);
		done += valid;
		if (done < count)
			check_frame(cache, frames[done++]); /* reports it */
	}
}
