/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A word of an account: {moves:28, credits:36}. A credit is the right to one frame
 * that nobody has.
 *
 * Moves are counted as a magazine's are (M3): each time that credits come into the
 * word, and not when they leave it. So a word that was seen without credits, and
 * later with the same moves, had none in between. It is fooled only by a look that
 * sleeps through exactly a multiple of 2^28 adds; what comes of that is an alloc
 * refused.
 */
#ifndef FMAG_ACCOUNT_WORD_H
#define FMAG_ACCOUNT_WORD_H

#include <stdint.h>

#include <fmag/account.h>

#include "base/atomic.h"

/* Twice a limit: more may be given back than was charged. */
#define FMAG_CREDITS      (2 * FMAG_ACCOUNT_MAX_LIMIT + 1)
#define FMAG_CREDITS_MOVE (FMAG_CREDITS + 1)

/* Transitions of a value, without memory. */

static inline uint64_t fmag_credits(uint64_t word)
{
	return word & FMAG_CREDITS;
}

static inline uint64_t fmag_credits_moves(uint64_t word)
{
	return word / FMAG_CREDITS_MOVE;
}

/* On words in memory. */

/* What the word was before. */
static inline uint64_t fmag_credits_add(uint64_t *word, uint64_t count)
{
	return fmag_add_release(word, count + FMAG_CREDITS_MOVE);
}

/*
 * Takes `count`, or as many as there are; how many. *seen is the word as it was
 * found.
 */
static inline uint64_t fmag_credits_take(
	uint64_t *word, uint64_t count, uint64_t *seen)
{
	uint64_t taken;

	*seen = fmag_load_acquire(word);
	do {
		taken = fmag_credits(*seen) < count ? fmag_credits(*seen)
						    : count;
	} while (taken > 0 && !fmag_cas_acquire(word, seen, *seen - taken));
	return taken;
}

#endif
