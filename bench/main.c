/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag-bench: one program, a subcommand for each benchmark.
 */
#include "compare/compare.h"
#include "populate/populate.h"
#include "pressure/pressure.h"
#include "run/run.h"
#include "scaling/launch.h"
#include "support/machine.h"
#include "support/message.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

struct command {
	const char *name; /* as the user writes it */
	char *title;      /* as its own help says it */
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{ "run", (char[]){ BENCH_PROGRAM " run" }, run_main },
	{ "populate", (char[]){ BENCH_PROGRAM " populate" }, populate_main },
	{ "pressure", (char[]){ BENCH_PROGRAM " pressure" }, pressure_main },
	{ "compare", (char[]){ BENCH_PROGRAM " compare" }, compare_main },
	{ "scaling", (char[]){ BENCH_PROGRAM " scaling" }, scaling_main },
};

const char *argp_program_version = BENCH_PROGRAM " " MACHINE_FMAG_VERSION;

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

struct choice {
	const struct command *command;
	int first; /* its name's place in argv */
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct choice *choice = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		choice->command = find_command(argument);
		choice->first = state->next - 1;
		if (choice->command == NULL)
			argp_error(state, "\"%s\" is no command", argument);
		/* The rest is the command's. */
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "COMMAND [OPTION...]",
		.doc = "Measures fmag against other frame allocators."
		       "\v"
		       "Commands:\n"
		       "  run        allocs and frees alone, against a floor\n"
		       "  populate   guests' RAM from one pool: faults, "
		       "balloons, teardown\n"
		       "  pressure   a pool that is nearly dry, and what "
		       "goes back after a burst\n"
		       "  compare    two files of figures of run: what "
		       "changed\n"
		       "  scaling    lines that CPUs share, counted, and what "
		       "follows for many CPUs\n\n"
		       "`" BENCH_PROGRAM
		       " COMMAND --help' tells a command's options.",
	};
	struct choice choice = { 0 };

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice);
	argv[choice.first] = choice.command->title;
	return choice.command->run(argc - choice.first, argv + choice.first);
}
