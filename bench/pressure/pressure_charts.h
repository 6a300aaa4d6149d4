/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The charts of `fmag-bench pressure`: "full", allocations that failed though a
 * frame was free; "return", frames out of the HAL in a burst and after it.
 */
#ifndef BENCH_PRESSURE_CHARTS_H
#define BENCH_PRESSURE_CHARTS_H

#include "pressure/pressure_result.h"
#include "run/run_page.h"
#include "support/charts.h"

/*
 * Draws each that there are figures for, and names it in the table. False, after
 * a message: one could not be drawn.
 */
bool pressure_charts_draw(const struct charts *charts,
	const struct pressure_findings *findings, FILE *table);

/* A chart writes its page. False: there are no figures for it. */
typedef bool pressure_chart(
	struct run_page *page, const struct pressure_findings *findings);

pressure_chart pressure_chart_full;
pressure_chart pressure_chart_return;

/* The line on the machine. */
void pressure_chart_setting(
	const struct pressure_findings *findings, char *text, size_t size);

#endif
