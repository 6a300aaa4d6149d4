/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Charts as files in a directory, each as SVG and as PNG.
 */
#ifndef BENCH_CHARTS_H
#define BENCH_CHARTS_H

#include <stdbool.h>
#include <stdio.h>

struct charts {
	const char *directory; /* NULL: none are wanted */
	bool made;             /* the directory was, for them */
};

struct chart {
	const char *name;       /* without its ending */
	unsigned width, height; /* in pixels */
	const char *script;     /* for gnuplot, all but the terminal */
};

/*
 * Makes the directory if it is not there. False, after a message: gnuplot is
 * missing, or nothing can be written there.
 */
bool charts_open(struct charts *charts, const char *directory);

/*
 * Draws it, and names its files in the table. A file is replaced when the new
 * one is whole. False, after a message: gnuplot failed.
 */
bool charts_draw(
	const struct charts *charts, const struct chart *chart, FILE *table);

/* The directory that was made goes, if nothing is in it. */
void charts_close(const struct charts *charts);

#endif
