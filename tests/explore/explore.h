/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: runs a scenario's threads as fibers, one at a time, and asks
 * the search at each step what happens next (search.h).
 */
#ifndef TESTS_EXPLORE_EXPLORE_H
#define TESTS_EXPLORE_EXPLORE_H

#include <stdbool.h>

#include "explore/scenario.h"

/* The thread that runs, or that a preparation or a check speaks for. */
unsigned explore_thread(void);

/* Does ops as `thread`, without a step. */
void explore_run_ops(unsigned thread, const struct op *ops);

/* The running thread is on that CPU from now on. */
void explore_migrate(unsigned cpu);

/* Ends the schedule: it has shown an error. Does not return. */
void explore_fail(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* Once, before the first scenario. */
void explore_init(void);

/*
 * Runs one schedule of the scenario on the stage, with at most `bound`
 * preemptions, handlers, migrations and aborts together. True where it showed no
 * error; what the error was, otherwise.
 */
bool explore_run_schedule(unsigned bound);
const char *explore_failure(void);

/* Prints each step from now on. */
void explore_set_trace(bool on);

#endif
