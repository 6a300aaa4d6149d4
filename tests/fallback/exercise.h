/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache over an arena, and threads that allocate and free: for programs that
 * run where there is no test framework.
 */
#ifndef TESTS_FALLBACK_EXERCISE_H
#define TESTS_FALLBACK_EXERCISE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <fmag/fmag.h>

#define EXERCISE_FRAMES 1024

/* Ends the program if it does not hold. */
#define REQUIRE(condition)                                                 \
	do {                                                               \
		if (!(condition)) {                                        \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#condition);                               \
			exit(EXIT_FAILURE);                                \
		}                                                          \
	} while (0)

struct exercise {
	struct fmag_arena *arena;
	struct fmag_hal hal;
	struct fmag_cache *cache;
	uint32_t stamps[EXERCISE_FRAMES]; /* who has it; 0: nobody */
};

void exercise_init(struct exercise *exercise, const struct fmag_config *config);

/* By `threads` of them, each so many operations; requires G2. */
void exercise_run(
	struct exercise *exercise, unsigned threads, unsigned operations);

/* Requires that every frame came back (G1). */
void exercise_fini(struct exercise *exercise);

enum fmag_front_kind exercise_front(const struct exercise *exercise);

#endif
