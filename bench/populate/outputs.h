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

struct outputs {
	FILE *table;
	FILE *json;  /* NULL: not wanted */
	FILE *chart; /* NULL: not wanted, or not possible */
};

/* False, after a message: a file cannot be written, or gnuplot is missing. */
bool outputs_open(struct outputs *outputs, const struct options *options);
bool outputs_write(const struct outputs *outputs, const struct machine *machine,
	const struct options *options, const struct section *sections);
void outputs_close(
	const struct outputs *outputs, const struct options *options);

#endif
