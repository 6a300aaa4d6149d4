/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_bars.h"
#include "run/run_charts.h"

/* Panels in a line; more of them are in two lines. */
#define MAX_COLUMNS 4

static bool is_alone(const struct run_section *section)
{
	return section->threads == 1 &&
		run_workload_kinds[section->workload].calls == 0 &&
		section->round_count > 0;
}

bool run_chart_ratio(struct run_page *page, const struct run_findings *findings)
{
	struct run_bars bars = { .findings = findings };

	for (size_t i = 0; i < findings->section_count; i++) {
		if (is_alone(&findings->sections[i]) &&
			bars.panel_count < RUN_BARS_PANELS)
			bars.panels[bars.panel_count++] =
				&findings->sections[i];
	}
	bars.columns = bars.panel_count <= MAX_COLUMNS
		? bars.panel_count
		: (bars.panel_count + 1) / 2;
	return run_bars_write(page, &bars,
		"Times the floor, on one thread: shorter bars are better",
		"The line at 1 is the floor, a stack in a thread-local array. "
		"Bars: medians. Whiskers: 95 % confidence.");
}
