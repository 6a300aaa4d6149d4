/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A panel for each number of threads, a row for each allocator; where nothing
 * failed there is no bar, and the word says so.
 */
#include "pressure/pressure_charts.h"

#include "support/gnuplot.h"
#include "support/message.h"

#include <string.h>

/* In pixels. */
#define ROW         24
#define NAMES_WIDTH 130
#define PANEL_WIDTH 240
#define PANEL_GAP   46
#define PANEL_HEAD  50
#define PANEL_FOOT  30
#define FOOT        14
#define MAX_PANELS  4

/* The axis, of a million: logarithms. One in a run of some ten million shows. */
#define LOWEST  -1
#define HIGHEST 6

#define COLOUR_OWN   0xd9622b
#define COLOUR_OTHER 0xaab5c1

struct bars {
	const struct pressure_findings *findings;
	size_t rows; /* of a panel */
	size_t panels;
};

static struct bars bars_of(const struct pressure_findings *findings)
{
	size_t counts = findings->options->thread_count_count;

	return (struct bars){
		.findings = findings,
		.rows = findings->options->subjects.count,
		.panels = counts < MAX_PANELS ? counts : MAX_PANELS,
	};
}

static struct run_box box_of(const struct bars *bars, size_t panel)
{
	return (struct run_box){
		.left = NAMES_WIDTH +
			(unsigned)panel * (PANEL_WIDTH + PANEL_GAP),
		.top = RUN_PAGE_HEAD + PANEL_HEAD,
		.width = PANEL_WIDTH,
		.height = (unsigned)bars->rows * ROW,
	};
}

static void write_text_at(FILE *script, const char *text, double x, size_t row,
	const char *side, const char *colour)
{
	fputs("set label ", script);
	gnuplot_write_text(script, text);
	fprintf(script, " at %s%g, first %zu %s font 'sans,11' tc rgb '%s'\n",
		side[0] == 'r' ? "graph " : "first ", x, row, side, colour);
}

static void write_names(FILE *script, const struct bars *bars)
{
	for (size_t i = 0; i < bars->rows; i++)
		write_text_at(script,
			bars->findings->options->subjects.list[i]->name, -0.04,
			i, "right", RUN_PAGE_DARK);
}

static const char *word_of(
	const struct pressure_full *full, char *text, size_t size)
{
	double failed = pressure_per_million(full);

	if (full->left_out)
		return "left out";
	if (full->missed == 0)
		return "none";
	snprintf(text, size, failed < 10 ? "%.1f" : "%.0f", failed);
	return text;
}

static void write_bar(
	FILE *script, const struct pressure_full *full, size_t row)
{
	double failed = full->left_out ? 0 : pressure_per_million(full);
	bool own = strncmp(full->subject->name, "fmag", strlen("fmag")) == 0;
	double end = LOWEST;
	char text[32];

	if (failed > 0) {
		fprintf(script,
			"set object rectangle from first %d,first %g to "
			"first (log10(%g)),first %g fc rgb 0x%06x fs solid "
			"noborder\n",
			LOWEST, (double)row - 0.34, failed, (double)row + 0.34,
			own ? COLOUR_OWN : COLOUR_OTHER);
		fprintf(script, "bar = log10(%g)\n", failed);
	} else {
		fprintf(script, "bar = %g\n", end);
	}
	fputs("set label ", script);
	gnuplot_write_text(script, word_of(full, text, sizeof(text)));
	fprintf(script,
		" at first bar,first %zu left offset 0.6,0 font 'sans,11' "
		"tc rgb '%s'\n",
		row, full->missed > 0 ? RUN_PAGE_DARK : RUN_PAGE_GREY);
}

static void write_axes(FILE *script, const struct bars *bars)
{
	fprintf(script,
		"set xrange [%d:%g]\nset yrange [%g:-0.5]\nunset ytics\n",
		LOWEST, HIGHEST + 0.9, (double)bars->rows - 0.5);
	fputs("set xtics ('0.1' -1, '1' 0, '10' 1, '100' 2, '1k' 3, '10k' 4, "
	      "'100k' 5, 'all' 6)\n",
		script);
}

static void write_panel(
	const struct run_page *page, const struct bars *bars, size_t panel)
{
	const struct pressure_full *results =
		&bars->findings->full[panel * bars->rows];
	char title[32];

	snprintf(title, sizeof(title), "%u thread%s", results[0].threads,
		plural(results[0].threads));
	run_page_panel(page, box_of(bars, panel), title,
		"failed, of a million allocations");
	write_axes(page->script, bars);
	if (panel == 0)
		write_names(page->script, bars);
	for (size_t i = 0; i < bars->rows; i++)
		write_bar(page->script, &results[i], i);
	fprintf(page->script, "plot %g notitle lw 0\n", -2.0);
	run_page_panel_end(page);
}

bool pressure_chart_full(
	struct run_page *page, const struct pressure_findings *findings)
{
	struct bars bars = bars_of(findings);
	char setting[4 * MACHINE_TEXT], note[160];
	unsigned width;

	if (findings->full_count == 0)
		return false;
	width = box_of(&bars, bars.panels - 1).left + PANEL_WIDTH + PANEL_GAP;
	page->width = width > RUN_PAGE_WIDTH ? width : RUN_PAGE_WIDTH;
	page->height = RUN_PAGE_HEAD + PANEL_HEAD + (unsigned)bars.rows * ROW +
		PANEL_FOOT + FOOT;
	pressure_chart_setting(findings, setting, sizeof(setting));
	snprintf(note, sizeof(note),
		"All frames but %zu are kept; threads want no more than those "
		"together. The axis is logarithmic.",
		findings->options->frames / PRESSURE_SPARE_OF);
	run_page_head(page,
		"Allocations that failed though a frame was free: fewer are "
		"better",
		setting, note);
	for (size_t i = 0; i < bars.panels; i++)
		write_panel(page, &bars, i);
	run_page_end(page);
	return true;
}
