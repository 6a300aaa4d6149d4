/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The charts of `fmag-bench run`: files in a directory, each as SVG and as PNG.
 */
#ifndef BENCH_RUN_CHARTS_H
#define BENCH_RUN_CHARTS_H

#include "run/run_page.h"
#include "run/run_result.h"

struct run_charts {
	const char *directory; /* NULL: none are wanted */
	bool made;             /* the directory was, for them */
};

/*
 * Makes the directory if it is not there. False, after a message: gnuplot is
 * missing, or nothing can be written there.
 */
bool run_charts_open(struct run_charts *charts, const char *directory);

/*
 * Draws each chart that there are figures for, and names it in the table. A
 * file is replaced when the new one is whole. False, after a message: one could
 * not be drawn.
 */
bool run_charts_draw(const struct run_charts *charts,
	const struct run_findings *findings, FILE *table);

/* The directory that was made goes, if nothing is in it. */
void run_charts_close(const struct run_charts *charts);

/* A chart writes its page. False: there are no figures for it. */
typedef bool run_chart(
	struct run_page *page, const struct run_findings *findings);

run_chart run_chart_ratio;   /* times the floor, by allocator */
run_chart run_chart_threads; /* nanoseconds by number of threads */
run_chart run_chart_latency; /* percentiles of single calls */
run_chart run_chart_shared;  /* frames that pass between CPUs */

#endif
