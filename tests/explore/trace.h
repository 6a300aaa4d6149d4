/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A schedule as numbered steps, with what each changed.
 */
#ifndef TESTS_EXPLORE_TRACE_H
#define TESTS_EXPLORE_TRACE_H

#include "explore/search.h"

void trace_begin(void);

/* The running thread is about to make this step. */
void trace_step(unsigned step, const char *function);

/* What happens there, other than the step. */
void trace_event(const struct event *event);

/* After the last step. */
void trace_end(void);

#endif
