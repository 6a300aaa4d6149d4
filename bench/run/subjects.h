/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subjects there are: each is a program, subjects/NAME beside this one.
 */
#ifndef BENCH_RUN_SUBJECTS_H
#define BENCH_RUN_SUBJECTS_H

#include <stdbool.h>

struct run_subject_name {
	const char *name;
	/* Debian's, without which it is not built; NULL: it always is. */
	const char *package;
	bool asked_for; /* it is left out unless it is */
};

/* The floor is the first; ends with a name of NULL. */
extern const struct run_subject_name run_subjects[];

/* NULL: there is none of that name. */
const struct run_subject_name *run_subject_by_name(const char *name);

/* Of that list, at most. */
#define RUN_MAX_SUBJECTS 32

#endif
