/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/outputs.h"

#include "populate/chart.h"
#include "populate/json.h"
#include "populate/report.h"
#include "support/file.h"
#include "support/gnuplot.h"
#include "support/message.h"

#include <errno.h>
#include <string.h>

static bool open_json(
	struct populate_outputs *outputs, const struct options *options)
{
	if (options->json == NULL)
		return true;
	if (strcmp(options->json, "-") != 0) {
		outputs->json = file_open(options->json);
		return outputs->json != NULL;
	}
	outputs->json = stdout;
	outputs->table = stderr;
	return true;
}

static bool open_chart(
	struct populate_outputs *outputs, const struct options *options)
{
	if (options->chart == NULL)
		return true;
	if (!gnuplot_is_there()) {
		message("%s: no chart without gnuplot; it is not installed, or "
			"does not run",
			options->chart);
		return !options->chart_asked;
	}
	outputs->chart = file_open(options->chart);
	return outputs->chart != NULL;
}

bool populate_outputs_open(
	struct populate_outputs *outputs, const struct options *options)
{
	*outputs = (struct populate_outputs){ .table = stdout };
	if (open_json(outputs, options) && open_chart(outputs, options))
		return true;
	populate_outputs_close(outputs, options);
	return false;
}

static bool write_json(const struct populate_outputs *outputs,
	const struct machine *machine, const struct options *options,
	const struct section *sections)
{
	if (outputs->json == NULL)
		return true;
	if (outputs->json != stdout)
		file_empty(outputs->json);
	if (json_write(outputs->json, machine, options, sections))
		return true;
	message("%s: cannot write the figures", options->json);
	return false;
}

static bool write_chart(const struct populate_outputs *outputs,
	const struct machine *machine, const struct options *options,
	const struct section *sections)
{
	if (outputs->chart == NULL)
		return true;
	file_empty(outputs->chart);
	if (!chart_draw(outputs->chart, machine, options, sections))
		return false;
	fprintf(outputs->table, "Chart: %s\n", options->chart);
	return true;
}

bool populate_outputs_write(const struct populate_outputs *outputs,
	const struct machine *machine, const struct options *options,
	const struct section *sections)
{
	bool written;

	report_print(outputs->table, machine, options, sections);
	written = write_json(outputs, machine, options, sections);
	written &= write_chart(outputs, machine, options, sections);
	if (fflush(outputs->table) == 0)
		return written;
	message("cannot write the table: %s", strerror(errno));
	return false;
}

void populate_outputs_close(
	const struct populate_outputs *outputs, const struct options *options)
{
	if (outputs->json != NULL && outputs->json != stdout)
		file_close(outputs->json, options->json);
	if (outputs->chart != NULL)
		file_close(outputs->chart, options->chart);
}
