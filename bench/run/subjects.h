/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subjects there are: each is a program, subjects/NAME beside this one.
 */
#ifndef BENCH_RUN_SUBJECTS_H
#define BENCH_RUN_SUBJECTS_H

#include <stdbool.h>
#include <stddef.h>

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
#define RUN_MAX_SUBJECTS 40

/* Those that a command measures, each once. */
struct run_subject_list {
	const struct run_subject_name *list[RUN_MAX_SUBJECTS];
	size_t count;
};

void run_subjects_add(struct run_subject_list *chosen,
	const struct run_subject_name *subject);

/* Names with a comma between them, which it takes apart; NULL, or the one that
 * nobody has. */
const char *run_subjects_add_names(
	struct run_subject_list *chosen, char *names);

#endif
