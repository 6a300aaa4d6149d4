/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_outputs.h"

#include "run/run_csv.h"
#include "run/run_json.h"
#include "run/run_report.h"

static bool (*const writers[RUN_FILES])(
	FILE *file, const struct run_findings *findings) = {
	[RUN_FILE_JSON] = run_json_write,
	[RUN_FILE_CSV] = run_csv_write,
	[RUN_FILE_LATENCY_CSV] = run_csv_write_latencies,
};

static bool write_file(const struct outputs *outputs, unsigned file,
	const struct run_findings *findings)
{
	FILE *stream = outputs_file(outputs, file);

	return stream == NULL ||
		outputs_written(outputs, file, writers[file](stream, findings));
}

bool run_outputs_write(
	const struct outputs *outputs, const struct run_findings *findings)
{
	bool written = true;

	run_report_print(outputs->table, findings);
	for (unsigned i = 0; i < RUN_FILES; i++)
		written &= write_file(outputs, i, findings);
	if (outputs->charts.directory != NULL)
		written &= run_charts_draw(
			&outputs->charts, findings, outputs->table);
	return outputs_flush(outputs) && written;
}
