/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A panel for each front: what callers have, as a surface, and over it the frames
 * out of the HAL, trimmed and not.
 */
#include "pressure/pressure_charts.h"

#include "support/message.h"

/* In pixels. */
#define LEFT        70
#define PANEL_WIDTH 270
#define PANEL_GAP   34
#define HEIGHT      260
#define PANEL_HEAD  50
#define PANEL_FOOT  52
#define FOOT        38 /* with the key */
#define KEY         20 /* above the page's end */
#define KEY_STEP    260

#define COLOUR_CALLERS "#d5dae0"
#define COLOUR_KEPT    "#52606d"
#define COLOUR_TRIMMED "#d9622b"

static struct run_box box_of(size_t panel)
{
	return (struct run_box){
		.left = LEFT + (unsigned)panel * (PANEL_WIDTH + PANEL_GAP),
		.top = RUN_PAGE_HEAD + PANEL_HEAD,
		.width = PANEL_WIDTH,
		.height = HEIGHT,
	};
}

/* NULL: there is none. */
static const struct pressure_burst *find(
	const struct pressure_findings *findings, enum fmag_front_kind front,
	bool trims)
{
	for (size_t i = 0; i < findings->burst_count; i++) {
		const struct pressure_burst *burst = &findings->bursts[i];

		if (burst->front == front && burst->trims == trims)
			return burst;
	}
	return NULL;
}

static void write_axes(FILE *script, size_t panel, size_t frames)
{
	fprintf(script,
		"set xrange [0:%d]\nset yrange [0:%zu]\n"
		"set xtics ('0' 0, '10' 10, '20' 20, '30' 30)\n"
		"set format y '%s'\n"
		"set xlabel 'ticks; up to %d the burst' font 'sans,11' "
		"tc rgb '" RUN_PAGE_GREY "'\n",
		PRESSURE_TICKS, frames, panel == 0 ? "%.0f" : "",
		2 * PRESSURE_STEPS);
	fputs("set ytics autofreq\n", script);
}

static void write_data(
	FILE *script, const struct pressure_burst *burst, bool with_callers)
{
	fputs("0 0\n", script);
	for (size_t i = 0; i < PRESSURE_TICKS; i++)
		fprintf(script, "%zu %llu\n", i + 1,
			(unsigned long long)(with_callers
					? burst->ticks[i].with_callers
					: burst->ticks[i].from_hal));
	fputs("e\n", script);
}

/* A word of the key with its square, at the page's foot. */
static void write_word(const struct run_page *page, unsigned left,
	const char *colour, const char *word)
{
	fprintf(page->script,
		"set label '%s' at screen %g,%g left offset 0.9,0 font "
		"'sans,11' tc rgb '" RUN_PAGE_DARK "' point pt 5 ps 0.8 lc "
		"rgb '%s'\n",
		word, run_page_x(page, left),
		run_page_y(page, page->height - KEY), colour);
}

/* All panels' key, which the first one draws. */
static void write_key(const struct run_page *page)
{
	write_word(page, LEFT, COLOUR_CALLERS, "with callers");
	write_word(page, LEFT + KEY_STEP / 2, COLOUR_KEPT,
		"out of the HAL, never trimmed");
	write_word(page, LEFT + KEY_STEP / 2 + KEY_STEP, COLOUR_TRIMMED,
		"out of the HAL, trimmed at each tick");
}

static void write_plot(FILE *script, const struct pressure_burst *kept,
	const struct pressure_burst *trimmed)
{
	fputs("plot '-' with filledcurves y1=0 lc rgb '" COLOUR_CALLERS
	      "', '-' with lines lw 2 lc rgb '" COLOUR_KEPT "'",
		script);
	if (trimmed != NULL)
		fputs(", '-' with lines lw 2 lc rgb '" COLOUR_TRIMMED "'",
			script);
	fputc('\n', script);
	write_data(script, kept, true);
	write_data(script, kept, false);
	if (trimmed != NULL)
		write_data(script, trimmed, false);
	fputs("unset xlabel\n", script);
}

static void write_panel(const struct run_page *page,
	const struct pressure_findings *findings, size_t panel,
	const struct pressure_burst *kept)
{
	char title[64];

	snprintf(title, sizeof(title), "%s, %u CPU%s",
		world_front_name(kept->front), kept->cpus, plural(kept->cpus));
	run_page_panel(page, box_of(panel), title, "frames");
	write_axes(page->script, panel, findings->options->frames);
	if (panel == 0)
		write_key(page);
	write_plot(page->script, kept, find(findings, kept->front, true));
	run_page_panel_end(page);
}

static void write_panels(
	const struct run_page *page, const struct pressure_findings *findings)
{
	size_t panel = 0;

	for (size_t i = 0; i < PRESSURE_FRONTS; i++) {
		const struct pressure_burst *kept =
			find(findings, pressure_fronts[i], false);

		if (kept != NULL)
			write_panel(page, findings, panel++, kept);
	}
}

bool pressure_chart_return(
	struct run_page *page, const struct pressure_findings *findings)
{
	char setting[4 * MACHINE_TEXT];

	if (findings->burst_count == 0)
		return false;
	page->width =
		box_of(PRESSURE_FRONTS - 1).left + PANEL_WIDTH + PANEL_GAP;
	if (page->width < RUN_PAGE_WIDTH)
		page->width = RUN_PAGE_WIDTH;
	page->height = RUN_PAGE_HEAD + PANEL_HEAD + HEIGHT + PANEL_FOOT + FOOT;
	pressure_chart_setting(findings, setting, sizeof(setting));
	run_page_head(page,
		"Frames out of the HAL in a burst and after it: as many as "
		"callers have is best",
		setting,
		"CPUs played by one thread: nine tenths of the pool allocated "
		"in ten ticks, freed in ten, then nothing is done.");
	write_panels(page, findings);
	run_page_end(page);
	return true;
}
