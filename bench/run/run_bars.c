/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bar begins at 1, where the floor is, and ends at the ratio. Rows are counted
 * from the top.
 */
#include "run/run_bars.h"

#include "support/gnuplot.h"
#include "support/message.h"

#include <math.h>

/* In pixels. */
#define ROW         19
#define NAMES_WIDTH 150
#define PANEL_WIDTH 250
#define PANEL_GAP   22
#define PANEL_HEAD  46 /* its title, above it */
#define PANEL_FOOT  30 /* its ticks' numbers, below */
#define FOOT        14

/* Of a row, on both sides of its middle. */
#define HALF_BAR 0.36

/* Of the scale: for the figure behind the longest bar. */
#define FIGURE_ROOM 0.2

/* The subjects that have a row, in order. */
struct rows {
	size_t subjects[RUN_MAX_SUBJECTS];
	size_t count;
};

static bool has_figures(const struct run_bars *bars, size_t subject)
{
	for (size_t i = 0; i < bars->panel_count; i++) {
		if (!bars->panels[i]->results[subject].left_out)
			return true;
	}
	return false;
}

/* All but the floor, which is the line at 1. */
static struct rows rows_of(const struct run_bars *bars)
{
	struct rows rows = { .count = 0 };

	for (size_t i = 1; i < bars->findings->options->subjects.count; i++) {
		if (run_page_shows(bars->findings, i) && has_figures(bars, i))
			rows.subjects[rows.count++] = i;
	}
	return rows;
}

static struct run_scale scale_of(
	const struct run_bars *bars, const struct rows *rows)
{
	struct run_scale scale = { .low = 1, .high = 1 };

	for (size_t i = 0; i < bars->panel_count; i++) {
		for (size_t j = 0; j < rows->count; j++) {
			const struct run_result *result =
				&bars->panels[i]->results[rows->subjects[j]];

			if (result->left_out)
				continue;
			run_scale_add(&scale, result->ratio.low);
			run_scale_add(&scale, result->ratio.high);
		}
	}
	run_scale_widen(&scale, 0.05, FIGURE_ROOM / (1 - FIGURE_ROOM));
	return scale;
}

/* The text behind a bar. */
static void write_figure(FILE *script, const struct run_result *result)
{
	double ratio = result->ratio.value;

	switch (run_result_verdict(result)) {
	case RUN_TOO_NOISY:
		fputs(" \"too noisy\"", script);
		return;
	case RUN_SAME:
		fputs(" \"as the floor\"", script);
		return;
	case RUN_DIFFERS:
		fprintf(script, " \"%.*f\"",
			ratio < 10            ? 2
				: ratio < 100 ? 1
					      : 0,
			ratio);
	}
}

/* row, ratio, ends of the bar, of the interval, the figure's place, colour. */
static void write_row(FILE *script, const struct run_bars *bars, size_t row,
	const struct run_result *result, size_t subject)
{
	const struct median *ratio = &result->ratio;
	bool noisy = run_result_verdict(result) == RUN_TOO_NOISY;
	double end = noisy ? 0 : log10(ratio->value);

	fprintf(script, "%zu %g %g %g %g %g %g %u", row, end, fmin(end, 0),
		fmax(end, 0), log10(ratio->low), log10(ratio->high),
		fmax(log10(ratio->high), 0),
		run_page_look(bars->findings, subject).fill);
	write_figure(script, result);
	fputc('\n', script);
}

static void write_data(FILE *script, const struct run_bars *bars,
	const struct run_section *section, const struct rows *rows)
{
	fputs("$bars << END\n", script);
	for (size_t i = 0; i < rows->count; i++) {
		size_t subject = rows->subjects[i];
		const struct run_result *result = &section->results[subject];

		if (!result->left_out)
			write_row(script, bars, i, result, subject);
	}
	fputs("END\n", script);
}

static void write_left_out(FILE *script, const struct run_section *section,
	const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (section->results[rows->subjects[i]].left_out)
			fprintf(script,
				"set label 'left out' at first 0,%zu left "
				"offset 0.6,0 font 'sans,10' "
				"tc rgb '" RUN_PAGE_GREY "'\n",
				i);
	}
}

/* Left of a line's first panel. */
static void write_names(const struct run_page *page,
	const struct run_bars *bars, const struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		size_t subject = rows->subjects[i];

		fputs("set label ", page->script);
		gnuplot_write_text(page->script,
			bars->findings->options->subjects.list[subject]->name);
		fprintf(page->script,
			" at screen %g, first %zu right font 'sans,12' "
			"tc rgb '" RUN_PAGE_DARK "'\n",
			run_page_x(page, NAMES_WIDTH - 8.0), i);
	}
}

static void write_plot(FILE *script)
{
	fprintf(script,
		"plot $bars using 2:1:3:4:($1-%g):($1+%g):8 "
		"with boxxyerror lc rgb variable, "
		"$bars using 2:1:5:6 with xerrorbars pt -1 "
		"lc rgb '" RUN_PAGE_DARK "' lw 1, "
		"$bars using 7:1:9 with labels left offset 0.6,0 "
		"font 'sans,11' tc rgb '" RUN_PAGE_DARK "'\n",
		HALF_BAR, HALF_BAR);
}

static struct run_box box_of(
	const struct run_bars *bars, const struct rows *rows, size_t panel)
{
	unsigned column = (unsigned)(panel % bars->columns);
	unsigned line = (unsigned)(panel / bars->columns);
	unsigned height = (unsigned)rows->count * ROW;

	return (struct run_box){
		.left = NAMES_WIDTH + column * (PANEL_WIDTH + PANEL_GAP),
		.top = RUN_PAGE_HEAD + PANEL_HEAD +
			line * (height + PANEL_HEAD + PANEL_FOOT),
		.width = PANEL_WIDTH,
		.height = height,
	};
}

static void write_heads(const struct run_page *page,
	const struct run_section *section, struct run_box box)
{
	const char *distance = run_distance_names[section->distance];
	char title[64], remark[64];

	snprintf(title, sizeof(title), "%s%s%s",
		run_workload_kinds[section->workload].name,
		distance == NULL ? "" : ", ", distance == NULL ? "" : distance);
	snprintf(remark, sizeof(remark), "floor: %.3g ns; %zu round%s",
		section->results[0].median, section->round_count,
		plural((unsigned)section->round_count));
	run_page_panel(page, box, title, remark);
}

static void write_panel(const struct run_page *page,
	const struct run_bars *bars, const struct rows *rows,
	struct run_scale scale, size_t panel)
{
	const struct run_section *section = bars->panels[panel];

	write_heads(page, section, box_of(bars, rows, panel));
	run_page_axis(page, "x", scale, true);
	fprintf(page->script,
		"set yrange [%g:-0.5]\nunset ytics\n"
		"set arrow from first 0, graph 0 to first 0, graph 1 nohead "
		"lc rgb '" RUN_PAGE_DARK "' lw 1 front\n",
		(double)rows->count - 0.5);
	if (panel % bars->columns == 0)
		write_names(page, bars, rows);
	write_left_out(page->script, section, rows);
	write_data(page->script, bars, section, rows);
	write_plot(page->script);
	run_page_panel_end(page);
}

static void set_size(struct run_page *page, const struct run_bars *bars,
	const struct rows *rows)
{
	struct run_box last = box_of(bars, rows, bars->panel_count - 1);

	page->width = NAMES_WIDTH +
		(unsigned)bars->columns * (PANEL_WIDTH + PANEL_GAP);
	if (page->width < RUN_PAGE_WIDTH)
		page->width = RUN_PAGE_WIDTH;
	page->height = last.top + last.height + PANEL_FOOT + FOOT;
}

bool run_bars_write(struct run_page *page, const struct run_bars *bars,
	const char *title, const char *note)
{
	struct rows rows = rows_of(bars);
	struct run_scale scale = scale_of(bars, &rows);

	if (rows.count == 0)
		return false;
	set_size(page, bars, &rows);
	run_page_begin(page, bars->findings, title, note);
	for (size_t i = 0; i < bars->panel_count; i++)
		write_panel(page, bars, &rows, scale, i);
	run_page_end(page);
	return true;
}
