/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Panels of lines: nanoseconds at a few places, a line for each allocator, with
 * its name at its end. All panels have one scale.
 */
#ifndef BENCH_RUN_LINES_H
#define BENCH_RUN_LINES_H

#include "run/run_page.h"

#define RUN_LINES_PANELS 4
#define RUN_LINES_PLACES RUN_MAX_THREAD_COUNTS

/* A place on the x axis. */
struct run_place {
	double x;
	char name[16];
};

struct run_line {
	double ns[RUN_LINES_PLACES]; /* 0: none there */
};

struct run_lines_panel {
	const char *title;
	struct run_line lines[RUN_MAX_SUBJECTS]; /* as in the options */
};

struct run_lines {
	const struct run_findings *findings;
	struct run_place places[RUN_LINES_PLACES]; /* by x; two or more */
	size_t place_count;
	struct run_lines_panel panels[RUN_LINES_PANELS];
	size_t panel_count;
	bool shaded; /* the background, from there on */
	double shade_from;
};

/* The page from its head to its end; sets its size. There is a panel or more. */
void run_lines_write(struct run_page *page, const struct run_lines *lines,
	const char *title, const char *note);

#endif
