/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/subjects.h"

/* In the order of the table: X(name) is run_name, of run/subject_name.c. */
#define SUBJECTS            \
	X(floor)            \
	X(empty)            \
	X(fmag_rseq)        \
	X(fmag_rseq_inline) \
	X(fmag_claim)       \
	X(arena)            \
	X(mutex)            \
	X(ticket)

#define X(name) extern const struct run_subject run_##name;
SUBJECTS
#undef X

#define X(name) &run_##name,
const struct run_subject *const run_subjects[] = { SUBJECTS NULL };
#undef X

_Static_assert(
	sizeof(run_subjects) / sizeof(run_subjects[0]) <= RUN_MAX_SUBJECTS,
	"with the NULL");
