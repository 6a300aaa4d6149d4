/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `fmag-bench run` found: sections, by workload and number of threads, of
 * results, by subject. Filled in by run.c, read by the report and the JSON.
 */
#ifndef BENCH_RUN_RESULT_H
#define BENCH_RUN_RESULT_H

#include "run/run_options.h"
#include "serve/protocol.h"
#include "support/machine.h"
#include "support/statistics.h"

#include <time.h>

/*
 * Times are nanoseconds an operation; where each call is timed by itself, those of
 * RUN_TAIL of the allocs.
 */
struct run_result {
	const struct run_subject_name *subject;
	bool left_out;
	bool not_built; /* and left out */
	double *rounds;

	/* from the rounds, by run_section_summarise() */
	double min;
	double median;
	struct median ratio; /* to the floor, within a round */

	struct run_latency latency; /* where each call is timed by itself */
};

/* How far apart its CPUs were in a section's rounds. */
enum run_distance {
	RUN_ANY, /* it does not matter, or is not known */
	RUN_NEAR,
	RUN_FAR,
};

struct run_section {
	enum run_workload workload;
	unsigned threads;
	struct run_result results[RUN_MAX_SUBJECTS]; /* as in the options */
	size_t result_count;
	size_t round_count;
	double *ways; /* of a cache line, by round, in ns (run/pingpong.h) */
	enum run_distance distance;
};

/* What does not depend on a workload. */
struct run_facts {
	const struct run_subject_name *subject;
	bool known; /* or nothing below is */
	char version[RUN_VERSION_TEXT];
	size_t frames, metadata_bytes, frames_cacheable;
	unsigned threads; /* that were used to see what is stranded */
	size_t stranded;
};

struct run_findings {
	const struct machine *machine;
	const struct run_options *options;
	time_t started;
	bool fifo; /* turns with a CPU a thread ran as SCHED_FIFO */
	/* twice: near and far */
	struct run_section sections[2 * RUN_WORKLOADS * RUN_MAX_THREAD_COUNTS];
	size_t section_count;
	struct run_facts facts[RUN_MAX_SUBJECTS]; /* as in the options */
};

void run_findings_close(struct run_findings *findings);

/* False: no memory. */
bool run_section_open(struct run_section *section,
	const struct run_options *options, enum run_workload workload,
	unsigned threads);
void run_section_close(struct run_section *section);

/*
 * Moves the rounds of a section that were far into `*far`, which is opened for
 * them. False: no memory. Both may come out with too few rounds, or none.
 */
bool run_section_split(struct run_section *section,
	const struct run_options *options, struct run_section *far);

/* Fills in what follows from the rounds. False: no memory. */
bool run_section_summarise(struct run_section *section);

/*
 * What a result's ratio bears: that there is no telling it from 1, a figure, or
 * nothing, since its interval is too wide.
 */
enum run_verdict {
	RUN_SAME,
	RUN_DIFFERS,
	RUN_TOO_NOISY,
};

enum run_verdict run_result_verdict(const struct run_result *result);

/* A verdict as JSON and CSV have it. */
extern const char *const run_verdict_names[];

/* The one that the others are held against, round by round. */
#define RUN_REFERENCE "fmag-rseq"

/*
 * The section's rounds in which it took longer than RUN_REFERENCE. Negative: it
 * is that one, or that one was not among them.
 */
int run_section_slower_rounds(
	const struct run_section *section, const struct run_result *result);

/* The percentile's name, "p99.9". */
#define RUN_PERCENTILE_TEXT 16

void run_percentile_name(size_t percentile, char name[RUN_PERCENTILE_TEXT]);

extern const char *const run_distance_names[];

#endif
