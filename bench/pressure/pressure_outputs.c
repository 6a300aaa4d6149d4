/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_outputs.h"

#include "pressure/pressure_charts.h"
#include "pressure/pressure_csv.h"
#include "pressure/pressure_json.h"
#include "pressure/pressure_report.h"
#include "support/file.h"
#include "support/message.h"

#include <string.h>

static bool (*const writers[PRESSURE_FILES])(
	FILE *file, const struct pressure_findings *findings) = {
	[PRESSURE_FILE_JSON] = pressure_json_write,
	[PRESSURE_FILE_CSV] = pressure_csv_write,
};

static bool open_file(struct pressure_outputs *outputs, unsigned file)
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

bool pressure_outputs_open(struct pressure_outputs *outputs,
	const struct pressure_options *options)
{
	bool opened = true;

	*outputs = (struct pressure_outputs){
		.options = options,
		.table = stdout,
	};
	for (unsigned i = 0; opened && i < PRESSURE_FILES; i++)
		opened = open_file(outputs, i);
	if (opened && options->charts != NULL)
		opened = charts_open(&outputs->charts, options->charts);
	if (!opened)
		pressure_outputs_close(outputs);
	return opened;
}

static bool write_file(const struct pressure_outputs *outputs, unsigned file,
	const struct pressure_findings *findings)
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

bool pressure_outputs_write(const struct pressure_outputs *outputs,
	const struct pressure_findings *findings)
{
	bool written = true;

	pressure_report_print(outputs->table, findings);
	for (unsigned i = 0; i < PRESSURE_FILES; i++)
		written &= write_file(outputs, i, findings);
	if (outputs->charts.directory != NULL)
		written &= pressure_charts_draw(
			&outputs->charts, findings, outputs->table);
	if (fflush(outputs->table) == 0)
		return written;
	message("cannot write the table");
	return false;
}

void pressure_outputs_close(const struct pressure_outputs *outputs)
{
	for (unsigned i = 0; i < PRESSURE_FILES; i++) {
		if (outputs->files[i] != NULL && outputs->files[i] != stdout)
			file_close(
				outputs->files[i], outputs->options->files[i]);
	}
	charts_close(&outputs->charts);
}
