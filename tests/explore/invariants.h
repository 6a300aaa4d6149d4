/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must hold of the world at each step, when no call runs, and when one is
 * stopped for ever. A violation ends the schedule (explore_fail).
 */
#ifndef TESTS_EXPLORE_INVARIANTS_H
#define TESTS_EXPLORE_INVARIANTS_H

/* Once a step. M2, M3: how a magazine's word has changed. */
void invariants_observe(void);

/* G1, G2, D1 to D4: every call has returned. */
void invariants_check_end(void);

/*
 * G3, G4: `frozen` is stopped for ever, all others have finished. `witness`,
 * one of them, takes every frame that can be had; the world is as before then.
 */
void invariants_check_frozen(unsigned frozen, unsigned witness);

#endif
