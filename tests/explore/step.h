/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Put ahead of each of the library's sources (-include): what happens before
 * each of its atomic accesses, and before each of Concurrency Kit's primitives
 * (tsan/include/ck_pr.h). The scheduler may stop the thread there.
 */
#ifndef TESTS_EXPLORE_STEP_H
#define TESTS_EXPLORE_STEP_H

/* `function`: where it is, for the list of steps. */
void explore_step(const char *function);

#define FMAG_STEP() explore_step(__func__)

/* ThreadSanitizer's shim keeps what it noted of each thread: by fiber here. */
struct fmag_shim_state;
struct fmag_shim_state *explore_shim_state(void);

#define FMAG_SHIM_STATE() explore_shim_state()

#endif
