/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ThreadSanitizer's shim (tsan/include/ck_pr.h) keeps for each thread: the
 * fibers share one thread's thread-local storage.
 */
#ifndef TESTS_EXPLORE_SHIM_STATE_H
#define TESTS_EXPLORE_SHIM_STATE_H

void shim_state_reset(void);

#endif
