/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of `fmag-bench pressure`.
 */
#ifndef BENCH_PRESSURE_OPTIONS_H
#define BENCH_PRESSURE_OPTIONS_H

#include "run/subjects.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRESSURE_MAX_THREAD_COUNTS 16

enum pressure_part {
	PRESSURE_FULL,    /* a pool with hardly a frame left */
	PRESSURE_TAKING,  /* an alloc where other CPUs have all frames */
	PRESSURE_RETURN,  /* what goes back to the HAL, and when */
	PRESSURE_TRAFFIC, /* depot and HAL by 1000 operations */
	PRESSURE_PARTS,
};

extern const char *const pressure_part_names[PRESSURE_PARTS];

enum pressure_file {
	PRESSURE_FILE_JSON,
	PRESSURE_FILE_CSV,
	PRESSURE_FILES,
};

struct pressure_options {
	bool parts[PRESSURE_PARTS]; /* wanted */
	unsigned threads[PRESSURE_MAX_THREAD_COUNTS];
	size_t thread_count_count;
	struct run_subject_list subjects;
	size_t frames; /* of each pool */
	size_t rounds;
	double burst_seconds;
	size_t samples; /* allocations by round, of PRESSURE_TAKING */
	uint64_t seed;
	const char *files[PRESSURE_FILES]; /* a file, "-", or NULL */
	const char *charts;                /* a directory, or NULL */
	const char *command;               /* the command line; the caller's */
};

/* Frames that are left of a full pool: one in so many. */
#define PRESSURE_SPARE_OF 1000

/* Ends the program where an option is wrong, or asks for help. */
struct pressure_options pressure_options_parse(int argc, char **argv);

#endif
