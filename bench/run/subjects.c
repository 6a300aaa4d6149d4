/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/subjects.h"

#include <stddef.h>

/* In the order of the table. */
const struct run_subject_name run_subjects[] = {
	{ "floor", NULL },
	{ "empty", NULL },
	{ "fmag-rseq", NULL },
	{ "fmag-rseq-inline", NULL },
	{ "fmag-owner", NULL },
	{ "fmag-claim", NULL },
	{ "arena", NULL },
	{ "mutex-list", NULL },
	{ "ticket-bitmap", NULL },
	{ NULL, NULL },
};

_Static_assert(
	sizeof(run_subjects) / sizeof(run_subjects[0]) <= RUN_MAX_SUBJECTS,
	"with the NULL");
