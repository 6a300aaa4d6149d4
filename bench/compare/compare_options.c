/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare/compare_options.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>

enum key {
	KEY_FAIL_SLOWER = 'f',
};

static const struct argp_option argp_options[] = {
	{ "fail-slower", KEY_FAIL_SLOWER, "PERCENT", 0,
		"Exit status 2 if a result is slower by more than that, and "
		"by more than noise",
		0 },
	{ 0 },
};

static double parse_percent(struct argp_state *state, const char *text)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(percent) || percent < 0)
		argp_error(state,
			"--fail-slower: \"%s\" is not a number from 0 on",
			text);
	return percent;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct compare_options *options = state->input;

	switch (key) {
	case KEY_FAIL_SLOWER:
		options->fail_slower = true;
		options->percent = parse_percent(state, argument);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2)
			argp_error(state, "\"%s\": a third file", argument);
		*(state->arg_num == 0 ? &options->before : &options->after) =
			argument;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "two files are wanted");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct compare_options compare_options_parse(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.args_doc = "OLD.json NEW.json",
		.doc = "What changed between two runs' figures, as `run "
		       "--json' "
		       "writes them: each allocator's ratio to the floor, by "
		       "workload and number of threads."
		       "\v"
		       "Slower or faster is what lies outside the other's "
		       "95 % confidence interval with all of its own. Exit "
		       "status: 0 all is well, 1 an error, 2 as --fail-slower "
		       "says, 64 a wrong option.",
	};
	struct compare_options options = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	return options;
}
