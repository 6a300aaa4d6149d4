/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subjects there are.
 */
#ifndef BENCH_RUN_SUBJECTS_H
#define BENCH_RUN_SUBJECTS_H

#include "run/run_subject.h"

/* The floor is the first; ends with NULL. */
extern const struct run_subject *const run_subjects[];

/* Of that list, at most. */
#define RUN_MAX_SUBJECTS 32

#endif
