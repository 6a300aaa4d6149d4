/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Panels of bars: how many times the floor each allocator takes, a panel for
 * each section; all panels have the same allocators, and one scale.
 */
#ifndef BENCH_RUN_BARS_H
#define BENCH_RUN_BARS_H

#include "run/run_page.h"

#define RUN_BARS_PANELS 8

struct run_bars {
	const struct run_findings *findings;
	const struct run_section *panels[RUN_BARS_PANELS];
	size_t panel_count;
	size_t columns; /* that the panels are in */
};

/* The page from its head to its end; sets its size. False: nothing to draw. */
bool run_bars_write(struct run_page *page, const struct run_bars *bars,
	const char *title, const char *note);

#endif
