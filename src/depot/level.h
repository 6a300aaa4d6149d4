/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much lies on a stack of magazines, and the least that has lain there since
 * that was last asked. Hints, of which nothing is decided but how much is given
 * back, and when.
 *
 * Invariants:
 *   L1 A magazine is counted before it is pushed, and until after it is popped:
 *      `now` never counts fewer than lie there, and never falls below 0. A thread
 *      that is stopped for ever in between leaves one too many in it, for good.
 *   L2 A magazine brings the frames that it has when it comes, and takes along
 *      those that it has when it goes. What takers took in between is counted
 *      until the stack is empty, so readers bound it by what the magazines hold.
 *
 * Ordering: all relaxed; the stack orders the magazines.
 */
#ifndef FMAG_DEPOT_LEVEL_H
#define FMAG_DEPOT_LEVEL_H

#include "base/atomic.h"

struct fmag_level {
	uint64_t now;   /* {magazines:24, frames:40}; L1, L2 */
	uint64_t least; /* magazines */
};

/* The word: FMAG_MAX_MAGAZINES of any size fit, and one more for each thread. */

#define FMAG_LEVEL_MAGAZINE ((uint64_t)1 << 40)

static inline size_t fmag_level_magazines(uint64_t now)
{
	return (size_t)(now / FMAG_LEVEL_MAGAZINE);
}

static inline size_t fmag_level_frames(uint64_t now)
{
	return (size_t)(now % FMAG_LEVEL_MAGAZINE);
}

/* A magazine is about to be pushed. */
static inline void fmag_level_rise(struct fmag_level *level, size_t frames)
{
	fmag_add_relaxed(&level->now, FMAG_LEVEL_MAGAZINE + frames);
}

/* Repeats only where another thread has changed it, which it does downwards. */
static inline void fmag_level_lower_least(
	struct fmag_level *level, uint64_t magazines)
{
	uint64_t least = fmag_load_relaxed(&level->least);

	while (magazines < least &&
		!fmag_cas_relaxed(&level->least, &least, magazines))
		;
}

/* A magazine was popped. */
static inline void fmag_level_fall(struct fmag_level *level, size_t frames)
{
	uint64_t change = FMAG_LEVEL_MAGAZINE + frames;
	uint64_t now = fmag_sub_relaxed(&level->now, change) - change;
	uint64_t magazines = fmag_level_magazines(now);

	/* L2: the frames of no magazines are takers'. */
	if (magazines == 0 && now != 0)
		(void)fmag_cas_relaxed(&level->now, &now, 0);
	fmag_level_lower_least(level, magazines);
}

/* Magazines that lay there all the time since the last call. */
static inline size_t fmag_level_take_least(struct fmag_level *level)
{
	uint64_t now = fmag_load_relaxed(&level->now);
	uint64_t least =
		fmag_exchange_relaxed(&level->least, fmag_level_magazines(now));

	/* What fell after the first look. */
	now = fmag_load_relaxed(&level->now);
	fmag_level_lower_least(level, fmag_level_magazines(now));
	return (size_t)least;
}

#endif
