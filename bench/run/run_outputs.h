/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the results of `fmag-bench run` go. Files are opened before the first
 * measurement, so that a bad name costs no time; what is in them stays until
 * there is something to replace it with.
 */
#ifndef BENCH_RUN_OUTPUTS_H
#define BENCH_RUN_OUTPUTS_H

#include "run/run_charts.h"
#include "run/run_result.h"

#include <stdio.h>

struct run_outputs {
	const struct run_options *options;
	FILE *table;
	FILE *files[RUN_FILES]; /* NULL: not wanted */
	struct charts charts;
};

/* False, after a message: a file cannot be written, or gnuplot is missing. */
bool run_outputs_open(
	struct run_outputs *outputs, const struct run_options *options);

/* All that is wanted. False, after a message: some of it could not be written. */
bool run_outputs_write(
	const struct run_outputs *outputs, const struct run_findings *findings);

/* Files that nothing was written to are removed, if they are new. */
void run_outputs_close(const struct run_outputs *outputs);

#endif
