/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hit: what the verbs try before they ask the cache's front. Where this
 * build has no hit of its own, or the cache another front, it misses.
 */
#ifndef FMAG_FRONT_HIT_H
#define FMAG_FRONT_HIT_H

#include "front/section.h"

#if FMAG_HAS_RSEQ_

static inline bool fmag_hit_pop(
	const struct fmag_front *front, fmag_hpa_t *frame)
{
	return fmag_section_pop(front, frame) == FMAG_RSEQ_DONE;
}

static inline bool fmag_hit_push(
	const struct fmag_front *front, fmag_hpa_t frame)
{
	return fmag_section_push(front, frame) == FMAG_RSEQ_DONE;
}

static inline size_t fmag_hit_pop_many(
	const struct fmag_front *front, fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	(void)fmag_section_pop_many(front, frames, count, &done);
	return done;
}

static inline size_t fmag_hit_push_many(
	const struct fmag_front *front, const fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	(void)fmag_section_push_many(front, frames, count, &done);
	return done;
}

#elif !__STDC_HOSTED__

#include "front/owner.h"

static inline bool fmag_hit_pop(
	const struct fmag_front *front, fmag_hpa_t *frame)
{
	struct fmag_slot *slot = fmag_owner_hit_slot(front);

	if (fmag_unlikely(!fmag_owner_mark(slot)))
		return false;
	*frame = fmag_owner_pop(slot);
	return *frame != FMAG_HPA_NONE;
}

static inline bool fmag_hit_push(
	const struct fmag_front *front, fmag_hpa_t frame)
{
	struct fmag_slot *slot = fmag_owner_hit_slot(front);

	return fmag_likely(fmag_owner_mark(slot)) &&
		fmag_owner_push(slot, frame) == FMAG_FRONT_DONE;
}

#else

static inline bool fmag_hit_pop(
	const struct fmag_front *front, fmag_hpa_t *frame)
{
	(void)front;
	(void)frame;
	return false;
}

static inline bool fmag_hit_push(
	const struct fmag_front *front, fmag_hpa_t frame)
{
	(void)front;
	(void)frame;
	return false;
}

#endif

/* In bulk a call of the front's own is little beside the frames. */
#if !FMAG_HAS_RSEQ_

static inline size_t fmag_hit_pop_many(
	const struct fmag_front *front, fmag_hpa_t *frames, size_t count)
{
	(void)front;
	(void)frames;
	(void)count;
	return 0;
}

static inline size_t fmag_hit_push_many(
	const struct fmag_front *front, const fmag_hpa_t *frames, size_t count)
{
	(void)front;
	(void)frames;
	(void)count;
	return 0;
}

#endif

#endif
