/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Races that ThreadSanitizer reports, as failures of the schedule that shows
 * them. In other builds there is none.
 */
#ifndef TESTS_EXPLORE_RACE_H
#define TESTS_EXPLORE_RACE_H

#include <stdbool.h>

/* Whether one was reported since the last call. */
bool race_was_reported(void);

/*
 * False under ThreadSanitizer, to which an intermission, in which one fiber
 * looks at the whole world, is a race.
 */
bool race_allows_intermissions(void);

/* Likewise: what it has seen cannot be taken back. */
bool race_allows_checkpoints(void);

#endif
