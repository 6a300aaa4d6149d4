/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_charts.h"
#include "run/run_lines.h"
#include "support/message.h"

/* Of the most threads that have a CPU each. NULL: there is none. */
static const struct run_section *find_section(
	const struct run_findings *findings)
{
	const struct run_section *found = NULL;

	for (size_t i = 0; i < findings->section_count; i++) {
		const struct run_section *section = &findings->sections[i];

		if (section->workload == RUN_LATENCY &&
			section->threads <= findings->machine->cpus &&
			(found == NULL || section->threads > found->threads))
			found = section;
	}
	return found;
}

/* There is no telling what is less than a tick. */
static double at_least(double ns, double tick)
{
	return ns > tick ? ns : tick;
}

static void fill_line(struct run_lines *lines, size_t subject,
	const struct run_latency *latency)
{
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		lines->panels[0].lines[subject].ns[i] =
			at_least(latency->alloc[i], latency->tick);
		lines->panels[1].lines[subject].ns[i] =
			at_least(latency->free[i], latency->tick);
	}
}

static void fill(struct run_lines *lines, const struct run_section *section)
{
	lines->place_count = RUN_PERCENTILES;
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		lines->places[i].x = (double)i;
		run_percentile_name(i, lines->places[i].name);
	}
	lines->panel_count = 2;
	lines->panels[0].title = "alloc";
	lines->panels[1].title = "free";
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out)
			fill_line(lines, i, &section->results[i].latency);
	}
}

bool run_chart_latency(
	struct run_page *page, const struct run_findings *findings)
{
	const struct run_section *section = find_section(findings);
	struct run_lines lines = { .findings = findings };
	char title[128], note[160];

	if (section == NULL)
		return false;
	fill(&lines, section);
	snprintf(title, sizeof(title),
		"Nanoseconds of single calls on %u thread%s, by percentile: "
		"lower is better",
		section->threads, plural(section->threads));
	snprintf(note, sizeof(note),
		"The y axis is logarithmic. The clock ticks every %.0f ns: "
		"what is less is drawn there.",
		section->results[0].latency.tick);
	run_lines_write(page, &lines, title, note);
	return true;
}
