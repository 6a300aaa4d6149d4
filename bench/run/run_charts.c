/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_charts.h"

#include <stdlib.h>

static const struct {
	const char *name;
	run_chart *write;
} kinds[] = {
	{ "ratio", run_chart_ratio },
	{ "threads", run_chart_threads },
	{ "latency", run_chart_latency },
	{ "faults", run_chart_faults },
	{ "shared", run_chart_shared },
};

bool run_charts_draw(const struct charts *charts,
	const struct run_findings *findings, FILE *table)
{
	bool drawn = true;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct run_page page = { 0 };
		char *text = NULL;
		size_t size;
		bool wanted;

		page.script = open_memstream(&text, &size);
		if (page.script == NULL)
			return false;
		wanted = kinds[i].write(&page, findings);
		fclose(page.script);
		if (wanted)
			drawn &= charts_draw(charts,
				&(struct chart){ kinds[i].name, page.width,
					page.height, text },
				table);
		free(text);
	}
	return drawn;
}
