/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run.h"

#include "run/measure.h"
#include "run/run_outputs.h"
#include "support/command.h"
#include "support/interrupt.h"

#include <stdlib.h>

int run_main(int argc, char **argv)
{
	/* First: parsing takes it apart. */
	char *command = command_line(argc, argv);
	struct run_options options = run_options_parse(argc, argv);
	struct machine machine = machine_read();
	static struct run_findings findings;
	struct outputs outputs;
	int status;

	options.command = command;
	if (!outputs_open(&outputs, options.files, RUN_FILES, options.charts)) {
		free(command);
		return EXIT_FAILURE;
	}
	interrupt_watch();
	status = run_measure(&machine, &options, &findings);
	if (status == EXIT_SUCCESS && !run_outputs_write(&outputs, &findings))
		status = EXIT_FAILURE;
	outputs_close(&outputs);
	run_findings_close(&findings);
	free(command);
	return status;
}
