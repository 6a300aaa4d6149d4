/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_bars.h"
#include "run/run_charts.h"

static void collect(struct run_bars *bars, enum run_distance distance)
{
	const struct run_findings *findings = bars->findings;
	size_t before = bars->panel_count;

	for (size_t i = 0; i < findings->section_count; i++) {
		const struct run_section *section = &findings->sections[i];

		if (run_workload_kinds[section->workload].shared &&
			section->distance == distance &&
			section->round_count > 0 &&
			bars->panel_count < RUN_BARS_PANELS)
			bars->panels[bars->panel_count++] = section;
	}
	/* Those of one distance are in a line. */
	if (bars->panel_count - before > bars->columns)
		bars->columns = bars->panel_count - before;
}

bool run_chart_shared(
	struct run_page *page, const struct run_findings *findings)
{
	struct run_bars bars = { .findings = findings };

	collect(&bars, RUN_NEAR);
	collect(&bars, RUN_FAR);
	return run_bars_write(page, &bars,
		"Frames that one CPU allocates and another frees, times the "
		"floor: shorter bars are better",
		"The line at 1 is the floor: the ring between them. Near, far: "
		"how far apart the CPUs were. Whiskers: 95 % confidence.");
}
