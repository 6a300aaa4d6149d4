/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_outputs.h"

#include "run/run_csv.h"
#include "run/run_json.h"
#include "run/run_report.h"
#include "support/file.h"
#include "support/message.h"

#include <string.h>

static bool (*const writers[RUN_FILES])(
	FILE *file, const struct run_findings *findings) = {
	[RUN_FILE_JSON] = run_json_write,
	[RUN_FILE_CSV] = run_csv_write,
	[RUN_FILE_LATENCY_CSV] = run_csv_write_latencies,
};

static bool open_file(struct run_outputs *outputs, unsigned file)
{
	const char *name = outputs->options->files[file];

	if (name == NULL)
		return true;
	if (strcmp(name, "-") != 0) {
		outputs->files[file] = file_open(name);
		return outputs->files[file] != NULL;
	}
	outputs->files[file] = stdout;
	outputs->table = stderr;
	return true;
}

bool run_outputs_open(
	struct run_outputs *outputs, const struct run_options *options)
{
	bool opened = true;

	*outputs = (struct run_outputs){
		.options = options,
		.table = stdout,
	};
	for (unsigned i = 0; opened && i < RUN_FILES; i++)
		opened = open_file(outputs, i);
	if (opened && options->charts != NULL)
		opened = charts_open(&outputs->charts, options->charts);
	if (!opened)
		run_outputs_close(outputs);
	return opened;
}

static bool write_file(const struct run_outputs *outputs, unsigned file,
	const struct run_findings *findings)
{
	FILE *stream = outputs->files[file];

	if (stream == NULL)
		return true;
	if (stream != stdout)
		file_empty(stream);
	if (writers[file](stream, findings))
		return true;
	message("%s: cannot write the figures", outputs->options->files[file]);
	return false;
}

static bool write_charts(
	const struct run_outputs *outputs, const struct run_findings *findings)
{
	return outputs->charts.directory == NULL ||
		run_charts_draw(&outputs->charts, findings, outputs->table);
}

bool run_outputs_write(
	const struct run_outputs *outputs, const struct run_findings *findings)
{
	bool written = true;

	run_report_print(outputs->table, findings);
	for (unsigned i = 0; i < RUN_FILES; i++)
		written &= write_file(outputs, i, findings);
	written &= write_charts(outputs, findings);
	if (fflush(outputs->table) == 0)
		return written;
	message("cannot write the table");
	return false;
}

void run_outputs_close(const struct run_outputs *outputs)
{
	for (unsigned i = 0; i < RUN_FILES; i++) {
		if (outputs->files[i] != NULL && outputs->files[i] != stdout)
			file_close(
				outputs->files[i], outputs->options->files[i]);
	}
	charts_close(&outputs->charts);
}
