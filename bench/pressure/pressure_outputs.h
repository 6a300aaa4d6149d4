/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the results of `fmag-bench pressure` go: as those of run, opened before
 * anything is measured.
 */
#ifndef BENCH_PRESSURE_OUTPUTS_H
#define BENCH_PRESSURE_OUTPUTS_H

#include "pressure/pressure_result.h"
#include "support/charts.h"

#include <stdio.h>

struct pressure_outputs {
	const struct pressure_options *options;
	FILE *table;
	FILE *files[PRESSURE_FILES]; /* NULL: not wanted */
	struct charts charts;
};

/* False, after a message: a file cannot be written, or gnuplot is missing. */
bool pressure_outputs_open(struct pressure_outputs *outputs,
	const struct pressure_options *options);

/* All that is wanted. False, after a message: some of it could not be written. */
bool pressure_outputs_write(const struct pressure_outputs *outputs,
	const struct pressure_findings *findings);

/* Files that nothing was written to are removed, if they are new. */
void pressure_outputs_close(const struct pressure_outputs *outputs);

#endif
