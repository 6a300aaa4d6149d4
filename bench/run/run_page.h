/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the charts of `fmag-bench run` have in common: a page with a head and
 * panels, in pixels from its top left corner, written as a script for gnuplot;
 * axes that are logarithmic, on which a value is drawn at its logarithm; and a
 * colour for each allocator.
 */
#ifndef BENCH_RUN_PAGE_H
#define BENCH_RUN_PAGE_H

#include "run/run_result.h"

#include <stdio.h>

struct run_page {
	FILE *script; /* all but the terminal */
	unsigned width, height;
};

struct run_box {
	unsigned left, top, width, height;
};

#define RUN_PAGE_HEAD  104 /* pixels that the head takes */
#define RUN_PAGE_WIDTH 960 /* that it needs at least */

#define RUN_PAGE_DARK  "#323f4b"
#define RUN_PAGE_GREY  "#616e7c"
#define RUN_PAGE_FAINT "#e3e6ea"

/*
 * The title says what is better; the note stands under the line on the machine,
 * and says what is drawn.
 */
void run_page_begin(struct run_page *page, const struct run_findings *findings,
	const char *title, const char *note);

/* The same with another line on the machine, for figures of another command. */
void run_page_head(const struct run_page *page, const char *title,
	const char *setting, const char *note);

/* What is set from here to run_page_panel_end() is gone after it. */
void run_page_panel(const struct run_page *page, struct run_box box,
	const char *title, const char *remark);
void run_page_panel_end(const struct run_page *page);
void run_page_end(const struct run_page *page);

/* Fractions of the page, as gnuplot's `screen` coordinates are. */
double run_page_x(const struct run_page *page, double pixels);
double run_page_y(const struct run_page *page, double pixels);

/* Values above 0 from `low` to `high`; both 0: none yet. */
struct run_scale {
	double low, high;
};

void run_scale_add(struct run_scale *scale, double value);

/* Room at its ends: shares of its length. */
void run_scale_widen(struct run_scale *scale, double below, double above);

/* The axis ("x" or "y"), with ticks at 1, 10, 100; and between, if they are few. */
void run_page_axis(const struct run_page *page, const char *axis,
	struct run_scale scale, bool with_numbers);

/* fmag's stand out in colour; the others are grey, and differ by their points. */
struct run_look {
	unsigned colour; /* 0xRRGGBB, of lines and names */
	unsigned fill;   /* of bars */
	unsigned point;  /* as gnuplot counts them */
};

struct run_look run_page_look(
	const struct run_findings *findings, size_t subject);

/* Whether charts show it: all but the cost of the loops. */
bool run_page_shows(const struct run_findings *findings, size_t subject);

#endif
