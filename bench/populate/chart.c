/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bars are drawn by number: section s, allocator a is at s * GROUP + a, so that
 * each allocator is one data block, with a colour and a line in the legend.
 */
#include "populate/chart.h"

#include "support/gnuplot.h"
#include "support/message.h"

#include <string.h>

#define WIDTH  900
#define HEIGHT 450

/* Bars of a section, and the gap behind them. */
#define GROUP (ALLOCATOR_COUNT + 1)

/* With more sections there is no room for their ratios. */
#define MAX_RATIOS 3

/* Above it, the small bars of a linear scale could not be told apart. */
#define LOG_SCALE_FROM 30.0

/* The baselines are grey; the eye should go to the cache. */
static const char *const colours[ALLOCATOR_COUNT] = {
	"#9aa5b1",
	"#c3cad2",
	"#6b7683",
	"#d9622b",
};

struct range {
	double min, max;
};

static struct range range_of(const struct section *sections, size_t count)
{
	struct range range = { 0, 0 };

	for (size_t i = 0; i < count * ALLOCATOR_COUNT; i++) {
		double ns = sections[i / ALLOCATOR_COUNT]
				    .results[i % ALLOCATOR_COUNT]
				    .frame_ns.value;

		if (ns > range.max)
			range.max = ns;
		if (ns > 0 && (range.min <= 0 || ns < range.min))
			range.min = ns;
	}
	return range;
}

static void write_frame(FILE *script)
{
	fprintf(script,
		"set terminal svg size %d,%d font 'sans,13' "
		"background rgb 'white' noenhanced\n"
		"set lmargin 9\nset rmargin 3\n"
		"set tmargin at screen 0.76\nset bmargin 4\n"
		"set border 1 lc rgb '#6b7683'\n"
		"set grid ytics lc rgb '#e3e6ea' lt 1\n"
		"set tics nomirror\nset ytics scale 0\nset xtics scale 0\n"
		"set style fill solid noborder\nset boxwidth 0.86\n"
		"set key at screen 0.085,0.815 left reverse Left horizontal "
		"noautotitle samplen 1 width 1\n"
		"set ylabel 'ns a frame'\n",
		WIDTH, HEIGHT);
}

static void write_titles(FILE *script, const struct machine *machine,
	const struct options *options)
{
	fputs("set label 1 'Allocating and freeing a frame of guest RAM' at "
	      "screen 0.02,0.94 font 'sans,19'\n"
	      "set label 2 '",
		script);
	fprintf(script,
		"alloc + free, median of rounds, page touching not "
		"included; %u guest%s on '.",
		options->guests, plural(options->guests));
	gnuplot_write_text(script, machine->cpu);
	fprintf(script,
		".', %u CPU%s' at screen 0.02,0.875 font 'sans,13' "
		"tc rgb '#52606d'\n",
		machine->cpus, plural(machine->cpus));
}

static void write_axes(
	FILE *script, const struct options *options, struct range range)
{
	fprintf(script, "set xrange [-1:%zu]\n",
		options->section_count * GROUP - 1);
	if (range.min > 0 && range.max / range.min > LOG_SCALE_FROM)
		fprintf(script,
			"set logscale y\nset yrange [%g:%g]\n"
			"set ylabel 'ns a frame (logarithmic)'\n",
			range.min / 2, range.max * 2);
	else
		fprintf(script, "set yrange [0:%g]\n", range.max * 1.15);
}

/* In double quotes, where gnuplot knows \n; no text from outside here. */
static void write_xtic(
	FILE *script, const struct section *section, bool with_ratio, double at)
{
	const struct headline *headline = &section->headline;
	const char *cache = section->results[ALLOCATOR_COUNT - 1].allocator;

	fprintf(script, "\"%u vCPU%s", section->vcpus, plural(section->vcpus));
	if (with_ratio && headline->best_baseline != NULL)
		fprintf(script, "\\n%s / %s = %.2f", headline->best_baseline,
			cache, headline->ratio.value);
	fprintf(script, "\" %g", at);
}

static void write_xtics(
	FILE *script, size_t count, const struct section *sections)
{
	fputs("set xtics (", script);
	for (size_t i = 0; i < count; i++) {
		fputs(i > 0 ? ", " : "", script);
		write_xtic(script, &sections[i], count <= MAX_RATIOS,
			(double)(i * GROUP) + (ALLOCATOR_COUNT - 1) / 2.0);
	}
	fputs(")\n", script);
}

/* x, ns, text over the bar. */
static void write_bars(FILE *script, size_t allocator, size_t count,
	const struct section *sections)
{
	fprintf(script, "$bars%zu << END\n", allocator);
	for (size_t i = 0; i < count; i++) {
		double ns = sections[i].results[allocator].frame_ns.value;

		if (ns > 0)
			fprintf(script, "%zu %g %.*f\n", i * GROUP + allocator,
				ns, ns < 100 ? 1 : 0, ns);
	}
	fputs("END\n", script);
}

static void write_left_out(
	FILE *script, size_t count, const struct section *sections)
{
	for (size_t i = 0; i < count * ALLOCATOR_COUNT; i++) {
		const struct section *section = &sections[i / ALLOCATOR_COUNT];
		size_t allocator = i % ALLOCATOR_COUNT;

		if (section->results[allocator].left_out)
			fprintf(script,
				"set label 'left out' at first %zu, "
				"graph 0.03 rotate by 90 font 'sans,11' "
				"tc rgb '#9aa5b1'\n",
				i / ALLOCATOR_COUNT * GROUP + allocator);
	}
}

static void write_plot(FILE *script)
{
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		fprintf(script,
			"%s $bars%zu using 1:2 with boxes lc rgb '%s' "
			"title '%s', $bars%zu using 1:2:3 with labels "
			"offset 0,0.6 notitle",
			i == 0 ? "plot" : ",", i, colours[i],
			allocator_kinds[i]->name, i);
	fputc('\n', script);
}

static void write_script(FILE *script, const struct machine *machine,
	const struct options *options, const struct section *sections)
{
	size_t count = options->section_count;

	write_frame(script);
	write_titles(script, machine, options);
	write_axes(script, options, range_of(sections, count));
	write_xtics(script, count, sections);
	write_left_out(script, count, sections);
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		write_bars(script, i, count, sections);
	write_plot(script);
}

bool chart_draw(FILE *svg, const struct machine *machine,
	const struct options *options, const struct section *sections)
{
	FILE *script = tmpfile();
	bool drawn = false;

	if (script != NULL) {
		write_script(script, machine, options, sections);
		drawn = gnuplot_run(script, svg);
		fclose(script);
	}
	if (!drawn)
		message("gnuplot did not draw the chart");
	return drawn;
}
