/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The charts of `fmag-bench run`: files in a directory, each as SVG and as PNG.
 */
#ifndef BENCH_RUN_CHARTS_H
#define BENCH_RUN_CHARTS_H

#include "run/run_page.h"
#include "run/run_result.h"
#include "support/charts.h"

/*
 * Draws each chart that there are figures for, and names it in the table. False,
 * after a message: one could not be drawn.
 */
bool run_charts_draw(const struct charts *charts,
	const struct run_findings *findings, FILE *table);

/* A chart writes its page. False: there are no figures for it. */
typedef bool run_chart(
	struct run_page *page, const struct run_findings *findings);

run_chart run_chart_ratio;   /* times the floor, by allocator */
run_chart run_chart_threads; /* nanoseconds by number of threads */
run_chart run_chart_latency; /* percentiles of single calls */
run_chart run_chart_faults;  /* percentiles of faults, and of pages */
run_chart run_chart_shared;  /* frames that pass between CPUs */

#endif
