/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `fmag-bench run` found: sections, by workload and number of threads, of
 * results, by subject. Filled in by run.c, read by the report and the JSON.
 */
#ifndef BENCH_RUN_RESULT_H
#define BENCH_RUN_RESULT_H

#include "run/run_options.h"
#include "statistics.h"

/* Times are nanoseconds an operation. */
struct run_result {
	const struct run_subject *subject;
	bool left_out;
	double *rounds;

	/* from the rounds, by run_section_summarise() */
	double min;
	double median;
	struct median ratio; /* to the floor, within a round */
};

struct run_section {
	enum run_workload workload;
	unsigned threads;
	struct run_result results[RUN_MAX_SUBJECTS]; /* as in the options */
	size_t result_count;
	size_t round_count;
};

/* False: no memory. */
bool run_section_open(struct run_section *section,
	const struct run_options *options, enum run_workload workload,
	unsigned threads);
void run_section_close(struct run_section *section);

/* Fills in what follows from the rounds. False: no memory. */
bool run_section_summarise(struct run_section *section);

/* Of a result's ratio: whether it says that there is a difference. */
bool run_result_differs(const struct run_result *result);

#endif
