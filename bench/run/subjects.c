/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/subjects.h"

#include <stddef.h>
#include <string.h>

/* In the order of the table. */
const struct run_subject_name run_subjects[] = {
	{ "floor", NULL, false },
	{ "floor-inline", NULL, false },
	{ "empty", NULL, false },
	{ "fmag-rseq", NULL, false },
	{ "fmag-rseq-inline", NULL, false },
	{ "fmag-owner", NULL, false },
	{ "fmag-owner-hook", NULL, false },
	{ "fmag-claim", NULL, false },
	{ "arena", NULL, false },
	{ "mutex-list", NULL, false },
	{ "ticket-bitmap", NULL, false },
	{ "ck-stack", "libck-dev", false },
	{ "urcu-lfstack", "liburcu-dev", false },
	{ "dpdk-ring512", "libdpdk-dev", false },
	{ "dpdk-ring256", "libdpdk-dev", false },
	{ "dpdk-stack", "libdpdk-dev", false },
	{ "dpdk-lf-stack", "libdpdk-dev", false },
	{ "tcmalloc", "libgoogle-perftools-dev", false },
	{ "mimalloc", "libmimalloc-dev", false },
	{ "jemalloc", "libjemalloc-dev", false },
	{ "glibc", "libc6-dev", false },
	{ "mmap", NULL, false },
	{ "fmag-rounds-128", NULL, true },
	{ "fmag-rounds-525", NULL, true },
	{ "fmag-rounds-2061", NULL, true },
	{ "fmag-runs-16", NULL, true },
	{ "fmag-runs-64", NULL, true },
	{ "fmag-runs-128", NULL, true },
	{ "fmag-clean", NULL, true },
	{ "fmag-clean-beside", NULL, true },
	{ "fmag-retire", "liburcu-dev", true },
	{ "call-rcu", "liburcu-dev", true },
	{ "synchronize-rcu", "liburcu-dev", true },
	{ "failing", NULL, true },
	{ NULL, NULL, false },
};

_Static_assert(
	sizeof(run_subjects) / sizeof(run_subjects[0]) <= RUN_MAX_SUBJECTS,
	"with the NULL");

const struct run_subject_name *run_subject_by_name(const char *name)
{
	const struct run_subject_name *subject = run_subjects;

	while (subject->name != NULL && strcmp(subject->name, name) != 0)
		subject++;
	return subject->name != NULL ? subject : NULL;
}

void run_subjects_add(
	struct run_subject_list *chosen, const struct run_subject_name *subject)
{
	for (size_t i = 0; i < chosen->count; i++) {
		if (chosen->list[i] == subject)
			return;
	}
	chosen->list[chosen->count++] = subject;
}

const char *run_subjects_add_names(struct run_subject_list *chosen, char *names)
{
	for (char *item; (item = strsep(&names, ",")) != NULL;) {
		const struct run_subject_name *subject =
			run_subject_by_name(item);

		if (subject == NULL)
			return item;
		run_subjects_add(chosen, subject);
	}
	return NULL;
}
