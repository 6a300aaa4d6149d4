/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_outputs.h"

#include "pressure/pressure_charts.h"
#include "pressure/pressure_csv.h"
#include "pressure/pressure_json.h"
#include "pressure/pressure_report.h"

static bool (*const writers[PRESSURE_FILES])(
	FILE *file, const struct pressure_findings *findings) = {
	[PRESSURE_FILE_JSON] = pressure_json_write,
	[PRESSURE_FILE_CSV] = pressure_csv_write,
};

static bool write_file(const struct outputs *outputs, unsigned file,
	const struct pressure_findings *findings)
{
	FILE *stream = outputs_file(outputs, file);

	return stream == NULL ||
		outputs_written(outputs, file, writers[file](stream, findings));
}

bool pressure_outputs_write(
	const struct outputs *outputs, const struct pressure_findings *findings)
{
	bool written = true;

	pressure_report_print(outputs->table, findings);
	for (unsigned i = 0; i < PRESSURE_FILES; i++)
		written &= write_file(outputs, i, findings);
	if (outputs->charts.directory != NULL)
		written &= pressure_charts_draw(
			&outputs->charts, findings, outputs->table);
	return outputs_flush(outputs) && written;
}
