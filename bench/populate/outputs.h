/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where results go. Files are opened before the first measurement, so that a
 * bad name costs no time, but their contents are replaced only when there is
 * something to replace them with.
 */
#ifndef BENCH_OUTPUTS_H
#define BENCH_OUTPUTS_H

#include "populate/options.h"
#include "populate/result.h"
#include "support/machine.h"

#include <stdio.h>

struct populate_outputs {
	FILE *table;
	FILE *json;  /* NULL: not wanted */
	FILE *chart; /* NULL: not wanted, or not possible */
};

/* False, after a message: a file cannot be written, or gnuplot is missing. */
bool populate_outputs_open(
	struct populate_outputs *outputs, const struct options *options);
bool populate_outputs_write(const struct populate_outputs *outputs,
	const struct machine *machine, const struct options *options,
	const struct section *sections);
void populate_outputs_close(
	const struct populate_outputs *outputs, const struct options *options);

#endif
