/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_outputs.h"

#include "run/run_json.h"
#include "run/run_report.h"
#include "support/file.h"
#include "support/message.h"

#include <string.h>

bool run_outputs_open(
	struct run_outputs *outputs, const struct run_options *options)
{
	*outputs = (struct run_outputs){
		.options = options,
		.table = stdout,
	};
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

static bool write_json(
	const struct run_outputs *outputs, const struct run_findings *findings)
{
	if (outputs->json == NULL)
		return true;
	if (outputs->json != stdout)
		file_empty(outputs->json);
	if (run_json_write(outputs->json, findings))
		return true;
	message("%s: cannot write the figures", outputs->options->json);
	return false;
}

bool run_outputs_write(
	const struct run_outputs *outputs, const struct run_findings *findings)
{
	run_report_print(outputs->table, findings);
	if (fflush(outputs->table) == 0)
		return write_json(outputs, findings);
	message("cannot write the table");
	return false;
}

void run_outputs_close(const struct run_outputs *outputs)
{
	if (outputs->json != NULL && outputs->json != stdout)
		file_close(outputs->json, outputs->options->json);
}
