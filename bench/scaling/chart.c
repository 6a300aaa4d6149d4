/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/chart.h"

#include "support/gnuplot.h"
#include "support/message.h"

#include <string.h>

#define WIDTH  960
#define HEIGHT 600

/* Told apart without colour vision, too (Okabe and Ito); points differ besides. */
static const struct {
	const char *colour;
	unsigned point;
} styles[] = {
	{ "#0072b2", 6 },
	{ "#56b4e9", 4 },
	{ "#009e73", 8 },
	{ "#e69f00", 13 },
	{ "#d55e00", 10 },
	{ "#cc79a7", 7 },
	{ "#7a5195", 6 },
};

#define STYLES (sizeof(styles) / sizeof(styles[0]))

static bool is_list(const struct model *model)
{
	return strncmp(model->allocator, "fmag", 4) != 0;
}

static bool is_shown(const struct findings *findings, size_t i)
{
	const struct model *model = &findings->models[i];

	return is_list(model) ||
		strcmp(model->allocator, findings->models[0].allocator) == 0;
}

static unsigned most_cpus(const struct findings *findings)
{
	unsigned most = 2;

	for (size_t i = 0; i < findings->options->cpus_count; i++) {
		if (findings->options->cpus[i] > most)
			most = findings->options->cpus[i];
	}
	return most;
}

static void write_frame(FILE *script, bool png, const struct findings *findings)
{
	unsigned most = most_cpus(findings);

	fprintf(script,
		"set terminal %s size %d,%d font 'sans,13' "
		"background rgb 'white' noenhanced\n"
		"set lmargin at screen 0.12\nset rmargin at screen 0.76\n"
		"set tmargin at screen 0.85\nset bmargin 4\n"
		"set border 3 lc rgb '#6b7683'\n"
		"set grid lc rgb '#e3e6ea' lt 1\nset tics nomirror\n"
		"set logscale xy 2\nset xrange [1:%u]\nset yrange "
		"[0.03125:%u]\n"
		"set key at screen 0.775,0.845 left top reverse Left "
		"noautotitle samplen 2.5 spacing 1.25\n"
		"set xlabel 'CPUs'\nset ylabel 'times one CPU that shares "
		"nothing'\n",
		png ? "pngcairo" : "svg", WIDTH, HEIGHT, most, most);
}

static void write_titles(FILE *script, const struct findings *findings)
{
	fprintf(script,
		"set label 1 'Predicted speed-up by CPUs: %s' at screen "
		"0.02,0.95 font 'sans,18'\n"
		"set label 2 'counted transfers of lines, %.0f ns each, a "
		"queue "
		"at each hot line; dashed: lines of frames cost nothing, "
		"fetched ahead' at screen 0.02,0.895 font 'sans,12' "
		"tc rgb '#52606d'\n",
		findings->model_count > 0 ? findings->models[0].allocator : "",
		findings->line_ns);
}

static void write_points(
	FILE *script, const struct findings *findings, size_t i)
{
	const struct model *model = &findings->models[i];

	fprintf(script, "$model%zu << END\n", i);
	for (size_t j = 0; j < model->point_count; j++)
		fprintf(script, "%u %g\n", model->points[j].cpus,
			model->points[j].speedup);
	fputs("END\n", script);
}

/* The workload's place among all of them. */
static size_t style_of(const struct model *model)
{
	size_t i = 0;

	while (i + 1 < PLAYER_WORKLOADS &&
		strcmp(run_workload_kinds[player_workloads[i]].name,
			model->workload) != 0)
		i++;
	return i % STYLES;
}

/* Where points lie on one another, those drawn later are the smaller ones. */
static void write_curve(FILE *script, const struct findings *findings, size_t i)
{
	const struct model *model = &findings->models[i];
	size_t style = style_of(model);

	if (is_list(model))
		fprintf(script,
			", $model%zu with lines lw 2 dt 3 lc rgb '#6b7683' "
			"title 'pair, mutex list'",
			i);
	else if (model->ahead)
		fprintf(script,
			", $model%zu with lines lw 2 dt 2 lc rgb '%s' notitle",
			i, styles[style].colour);
	else
		fprintf(script,
			", $model%zu with linespoints lw 2 pt %u ps %.1f "
			"lc rgb '%s' title '%s'",
			i, styles[style].point, 2.4 - 0.25 * (double)style,
			styles[style].colour, model->workload);
}

static void write_script(
	FILE *script, bool png, const struct findings *findings)
{
	write_frame(script, png, findings);
	write_titles(script, findings);
	for (size_t i = 0; i < findings->model_count; i++)
		write_points(script, findings, i);
	fputs("plot x with lines lw 6 lc rgb '#d5dae0' title 'ideal'", script);
	for (size_t i = 0; i < findings->model_count; i++) {
		if (is_shown(findings, i))
			write_curve(script, findings, i);
	}
	fputc('\n', script);
}

bool scaling_chart_draw(FILE *output, bool png, const struct findings *findings)
{
	FILE *script = tmpfile();
	bool drawn = false;

	if (script != NULL) {
		write_script(script, png, findings);
		drawn = gnuplot_run(script, output);
		fclose(script);
	}
	if (!drawn)
		message("gnuplot did not draw the chart");
	return drawn;
}
