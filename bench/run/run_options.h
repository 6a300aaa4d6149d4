/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of `fmag-bench run`.
 */
#ifndef BENCH_RUN_OPTIONS_H
#define BENCH_RUN_OPTIONS_H

#include "run/subjects.h"
#include "serve/workload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_MAX_THREAD_COUNTS 16

/* The forms in which figures are written to files. */
enum run_file {
	RUN_FILE_JSON,
	RUN_FILE_CSV,
	RUN_FILE_LATENCY_CSV,
	RUN_FILES,
};

struct run_options {
	unsigned threads[RUN_MAX_THREAD_COUNTS];
	size_t thread_count_count;
	bool workloads[RUN_WORKLOADS];    /* wanted */
	struct run_subject_list subjects; /* floor first */
	size_t rounds;
	double burst_seconds;
	bool fifo; /* where that is allowed */
	uint64_t seed;
	size_t frames; /* of each allocator; 0: enough */
	/* a file, "-", or NULL: not wanted */
	const char *files[RUN_FILES];
	const char *charts;  /* a directory, or NULL */
	const char *command; /* the command line; the caller's */
};

/* Ends the program where an option is wrong, or asks for help. */
struct run_options run_options_parse(int argc, char **argv);

/* Frames that are enough for each of so many threads, and for caches. */
size_t run_options_frames(const struct run_options *options, unsigned cpus);

#endif
