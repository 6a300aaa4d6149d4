/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections (fmag/detail/rseq.h), for the hit and the front. In this tree's
 * own ThreadSanitizer build they come with what it cannot see in assembly: that
 * what a frame's last owner did before it pushed it comes before what the next
 * one does after it popped it. One word a frame, of a table; frames that share a
 * word share their edges, which can hide a race and never make one.
 *
 * A magazine that comes out of a slot brings the edges of its frames with it, and
 * one that goes in leaves them there: outside slots the magazine's word carries
 * them, which ThreadSanitizer sees.
 */
#ifndef FMAG_FRONT_SECTION_H
#define FMAG_FRONT_SECTION_H

#include <fmag/detail/rseq.h>

#include "front/front.h"

#if FMAG_HAS_RSEQ_ && defined(FMAG_TSAN_SHIM)

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define FMAG_SECTION_EDGES_LOG2 12

extern uint64_t fmag_section_edges[1u << FMAG_SECTION_EDGES_LOG2] FMAG_HIDDEN;

/* Fibonacci hashing of the frame's number: neighbours spread. */
static inline void *fmag_section_edge(fmag_hpa_t frame)
{
	uint64_t hash = (frame >> 9) * UINT64_C(0x9e3779b97f4a7c15);

	return &fmag_section_edges[hash >> (64 - FMAG_SECTION_EDGES_LOG2)];
}

/*
 * Atomic, for those of a magazine: nothing that ThreadSanitizer sees orders a
 * look at a magazine that leaves its slot after what was added before it came.
 */
static inline void *fmag_section_edge_at(const fmag_hpa_t *frame)
{
	return fmag_section_edge(fmag_load_relaxed(frame));
}

static inline void fmag_section_pushing(const fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		__tsan_release(fmag_section_edge_at(&frames[i]));
}

static inline void fmag_section_popped(const fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		__tsan_acquire(fmag_section_edge_at(&frames[i]));
}

static inline void fmag_section_loading(const struct fmag_magazine *magazine)
{
	fmag_section_pushing(magazine->frames, fmag_magazine_rounds(magazine));
}

static inline void fmag_section_unloaded(const struct fmag_magazine *magazine)
{
	fmag_section_popped(magazine->frames, fmag_magazine_rounds(magazine));
}

#else

static inline void fmag_section_pushing(const fmag_hpa_t *frames, size_t count)
{
	(void)frames;
	(void)count;
}

static inline void fmag_section_popped(const fmag_hpa_t *frames, size_t count)
{
	(void)frames;
	(void)count;
}

static inline void fmag_section_loading(const struct fmag_magazine *magazine)
{
	(void)magazine;
}

static inline void fmag_section_unloaded(const struct fmag_magazine *magazine)
{
	(void)magazine;
}

#endif

#if FMAG_HAS_RSEQ_

static inline enum fmag_rseq_result fmag_section_pop(
	const struct fmag_front *front, fmag_hpa_t *frame)
{
	enum fmag_rseq_result result = fmag_rseq_pop(&front->hot, frame);

	if (result == FMAG_RSEQ_DONE)
		fmag_section_popped(frame, 1);
	return result;
}

static inline enum fmag_rseq_result fmag_section_push(
	const struct fmag_front *front, fmag_hpa_t frame)
{
	fmag_section_pushing(&frame, 1);
	return fmag_rseq_push(&front->hot, frame);
}

static inline enum fmag_rseq_result fmag_section_pop_many(
	const struct fmag_front *front, fmag_hpa_t *frames, size_t count,
	size_t *done)
{
	enum fmag_rseq_result result =
		fmag_rseq_pop_many(&front->hot, frames, count, done);

	if (result == FMAG_RSEQ_DONE)
		fmag_section_popped(frames, *done);
	return result;
}

static inline enum fmag_rseq_result fmag_section_push_many(
	const struct fmag_front *front, const fmag_hpa_t *frames, size_t count,
	size_t *done)
{
	fmag_section_pushing(frames, count);
	return fmag_rseq_push_many(&front->hot, frames, count, done);
}

#endif

#endif
