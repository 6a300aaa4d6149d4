/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_charts.h"
#include "run/run_lines.h"

#include <math.h>

static const enum run_workload shown[RUN_LINES_PANELS] = {
	RUN_PAIR,
	RUN_LIFO,
	RUN_BULKS,
	RUN_TOUCHED,
};

/* A place for each number of threads, in their order. */
static void set_places(struct run_lines *lines)
{
	const struct run_options *options = lines->findings->options;

	for (size_t i = 0; i < options->thread_count_count; i++) {
		double x = log2(options->threads[i]);
		size_t place = lines->place_count++;

		for (; place > 0 && lines->places[place - 1].x > x; place--)
			lines->places[place] = lines->places[place - 1];
		lines->places[place].x = x;
		snprintf(lines->places[place].name,
			sizeof(lines->places[place].name), "%u",
			options->threads[i]);
	}
}

static void add_section(const struct run_lines *lines,
	struct run_lines_panel *panel, const struct run_section *section)
{
	size_t place = 0;

	while (lines->places[place].x < log2(section->threads))
		place++;
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out)
			panel->lines[i].ns[place] = section->results[i].median;
	}
}

/* False: of that workload there is nothing. */
static bool fill_panel(const struct run_lines *lines,
	struct run_lines_panel *panel, enum run_workload workload)
{
	const struct run_findings *findings = lines->findings;

	panel->title = run_workload_kinds[workload].name;
	if (!findings->options->workloads[workload])
		return false;
	for (size_t i = 0; i < findings->section_count; i++) {
		if (findings->sections[i].workload == workload)
			add_section(lines, panel, &findings->sections[i]);
	}
	return true;
}

static void set_shade(struct run_lines *lines)
{
	double all = log2(lines->findings->machine->cpus);

	if (lines->places[lines->place_count - 1].x <= all)
		return;
	lines->shade_from = fmax(all, lines->places[0].x);
	lines->shaded = true;
}

bool run_chart_threads(
	struct run_page *page, const struct run_findings *findings)
{
	struct run_lines lines = { .findings = findings };

	set_places(&lines);
	for (size_t i = 0; i < RUN_LINES_PANELS; i++)
		lines.panel_count += fill_panel(
			&lines, &lines.panels[lines.panel_count], shown[i]);
	if (lines.places[0].x >= lines.places[lines.place_count - 1].x ||
		lines.panel_count == 0)
		return false;
	set_shade(&lines);
	run_lines_write(page, &lines,
		"Nanoseconds an operation, by number of threads: lower is "
		"better",
		"Medians; both axes are logarithmic. Shaded: more threads than "
		"CPUs, where CPU time counts.");
	return true;
}
