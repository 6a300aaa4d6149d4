/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A schedule that crashes has failed like any other: its steps are wanted.
 */
#ifndef TESTS_EXPLORE_CRASH_H
#define TESTS_EXPLORE_CRASH_H

void crash_catch(void);

#endif
