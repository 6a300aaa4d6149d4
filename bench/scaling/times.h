/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two times of the model, on this machine.
 */
#ifndef BENCH_SCALING_TIMES_H
#define BENCH_SCALING_TIMES_H

#include "serve/workload.h"

/*
 * Nanoseconds of an operation on one thread, by the subject's program, which
 * lies in subjects beside this one: the best of a few runs. Negative: it cannot
 * be run, or not here.
 */
double times_operation(const char *subject, enum run_workload workload);

/* A line's way from one CPU to the other; negative: there is one CPU only. */
double times_line(void);

#endif
