/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checkpoints: all that a schedule has changed so far, kept at choices of it.
 * The next schedule makes the same choices but the last ones, and goes on from
 * there instead of from the beginning. They are kept as the choices are, one
 * upon the other.
 */
#ifndef TESTS_EXPLORE_CHECKPOINT_H
#define TESTS_EXPLORE_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>

/* A piece of memory that a schedule changes. */
struct extent {
	void *start;
	size_t size;
};

/* Of the first `choice` choices; not kept where there is no more room. */
void checkpoint_keep(
	size_t choice, const struct extent *extents, unsigned count);

/*
 * Everything is as it was at the last one that was kept after `most` choices at
 * most; `choice`: after how many. Later ones are forgotten. False where there is
 * none.
 */
bool checkpoint_return(size_t most, size_t *choice);

/* All of them. */
void checkpoint_forget(void);

#endif
