/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_charts.h"
#include "run/run_lines.h"
#include "support/message.h"

/* Of the most threads that have a CPU each. NULL: there is none. */
static const struct run_section *find_section(
	const struct run_findings *findings, enum run_workload workload)
{
	const struct run_section *found = NULL;

	for (size_t i = 0; i < findings->section_count; i++) {
		const struct run_section *section = &findings->sections[i];

		if (section->workload == workload &&
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

static void fill(struct run_lines *lines, const struct run_section *section,
	const char *const titles[2])
{
	lines->place_count = RUN_PERCENTILES;
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		lines->places[i].x = (double)i;
		run_percentile_name(i, lines->places[i].name);
	}
	lines->panel_count = 2;
	lines->panels[0].title = titles[0];
	lines->panels[1].title = titles[1];
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out)
			fill_line(lines, i, &section->results[i].latency);
	}
}

/* `what` the nanoseconds are of; false: there is no section of that workload. */
static bool write_chart(struct run_page *page,
	const struct run_findings *findings, enum run_workload workload,
	const char *what, const char *const titles[2])
{
	const struct run_section *section = find_section(findings, workload);
	struct run_lines lines = { .findings = findings };
	char title[128], note[160];

	if (section == NULL)
		return false;
	fill(&lines, section, titles);
	snprintf(title, sizeof(title),
		"Nanoseconds of %s on %u thread%s, by percentile: lower is "
		"better",
		what, section->threads, plural(section->threads));
	snprintf(note, sizeof(note),
		"The y axis is logarithmic. The clock ticks every %.0f ns: "
		"what is less is drawn there.",
		section->results[0].latency.tick);
	run_lines_write(page, &lines, title, note);
	return true;
}

bool run_chart_latency(
	struct run_page *page, const struct run_findings *findings)
{
	static const char *const titles[2] = { "alloc", "free" };

	return write_chart(page, findings, RUN_LATENCY, "single calls", titles);
}

bool run_chart_faults(
	struct run_page *page, const struct run_findings *findings)
{
	static const char *const titles[2] = { "a fault served",
		"a page torn down" };

	return write_chart(page, findings, RUN_FAULTS, "faults", titles);
}
