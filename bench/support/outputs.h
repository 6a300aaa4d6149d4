/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a command's results go: a table, files of figures, charts. Files are
 * opened before the first measurement, so that a bad name costs no time; what is
 * in them stays until there is something to replace it with.
 */
#ifndef BENCH_SUPPORT_OUTPUTS_H
#define BENCH_SUPPORT_OUTPUTS_H

#include "support/charts.h"

#include <stdio.h>

#define OUTPUTS_MAX 4

struct outputs {
	const char *const *names; /* the files', by number; NULL: not wanted */
	unsigned count;
	FILE *table;
	FILE *files[OUTPUTS_MAX];
	struct charts charts; /* no directory: not wanted */
};

/*
 * "-" is standard output; the table goes to standard error then. False, after a
 * message: a file cannot be written, or gnuplot is missing.
 */
bool outputs_open(struct outputs *outputs, const char *const *names,
	unsigned count, const char *charts);

/* An empty file, to be written now; NULL: it is not wanted. */
FILE *outputs_file(const struct outputs *outputs, unsigned file);

/* What became of it; false, after a message, where it was not written. */
bool outputs_written(
	const struct outputs *outputs, unsigned file, bool is_written);

/* After the table; likewise. */
bool outputs_flush(const struct outputs *outputs);

/* Files that nothing was written to are removed, if they are new. */
void outputs_close(const struct outputs *outputs);

#endif
