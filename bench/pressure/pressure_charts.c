/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_charts.h"

#include "support/message.h"

#include <stdlib.h>

static const struct {
	const char *name;
	pressure_chart *write;
} kinds[] = {
	{ "full", pressure_chart_full },
	{ "return", pressure_chart_return },
};

void pressure_chart_setting(
	const struct pressure_findings *findings, char *text, size_t size)
{
	const struct machine *machine = findings->machine;

	snprintf(text, size,
		"%s, %u CPU%s, %s; pools of %zu frames; fmag %s (%s)",
		machine->cpu, machine->cpus, plural(machine->cpus),
		machine->kernel, findings->options->frames,
		MACHINE_FMAG_VERSION, machine->commit);
}

static bool draw(const struct charts *charts, size_t kind,
	const struct pressure_findings *findings, FILE *table)
{
	struct run_page page = { 0 };
	char *text = NULL;
	bool wanted, drawn = true;
	size_t size;

	page.script = open_memstream(&text, &size);
	if (page.script == NULL)
		return false;
	wanted = kinds[kind].write(&page, findings);
	fclose(page.script);
	if (wanted)
		drawn = charts_draw(charts,
			&(struct chart){ kinds[kind].name, page.width,
				page.height, text },
			table);
	free(text);
	return drawn;
}

bool pressure_charts_draw(const struct charts *charts,
	const struct pressure_findings *findings, FILE *table)
{
	bool drawn = true;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		drawn &= draw(charts, i, findings, table);
	return drawn;
}
