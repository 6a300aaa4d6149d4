/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure.h"

#include "pressure/parts.h"
#include "pressure/pressure_outputs.h"
#include "support/clock.h"
#include "support/command.h"
#include "support/interrupt.h"
#include "support/message.h"

#include <stdlib.h>

static bool (*const parts[PRESSURE_PARTS])(struct pressure_findings *) = {
	[PRESSURE_FULL] = pressure_full,
	[PRESSURE_TAKING] = pressure_taking,
	[PRESSURE_RETURN] = pressure_return,
	[PRESSURE_TRAFFIC] = pressure_traffic,
};

/* The exit status; after a message, if it is not 0. */
static int find_all(struct pressure_findings *findings)
{
	bool well = true;

	for (size_t i = 0; well && i < PRESSURE_PARTS; i++)
		well = !findings->options->parts[i] || parts[i](findings);
	if (well)
		return EXIT_SUCCESS;
	if (!interrupted())
		return EXIT_FAILURE;
	message("interrupted");
	return EXIT_INTERRUPTED;
}

int pressure_main(int argc, char **argv)
{
	/* First: parsing takes it apart. */
	char *command = command_line(argc, argv);
	struct pressure_options options = pressure_options_parse(argc, argv);
	struct machine machine = machine_read();
	static struct pressure_findings findings;
	struct outputs outputs;
	int status;

	options.command = command;
	if (!outputs_open(
		    &outputs, options.files, PRESSURE_FILES, options.charts)) {
		free(command);
		return EXIT_FAILURE;
	}
	interrupt_watch();
	clock_calibrate();
	findings.machine = &machine;
	findings.options = &options;
	findings.started = time(NULL);
	status = find_all(&findings);
	if (status == EXIT_SUCCESS &&
		!pressure_outputs_write(&outputs, &findings))
		status = EXIT_FAILURE;
	outputs_close(&outputs);
	pressure_findings_close(&findings);
	free(command);
	return status;
}
