/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/options.h"

#include "scaling/play.h"
#include "support/parse.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TURN 16
#define MAX_TURN     1000000
#define MAX_THREADS  1024

enum key {
	KEY_FRONTS = 'f',
	KEY_WORKLOADS = 'w',
	KEY_CPUS = 'c',
	KEY_THREADS = 't',
	KEY_JSON = 'j',
	KEY_SEED = 's',
	KEY_CHART = 0x100,
	KEY_TURN,
	KEY_OP,
	KEY_LINE,
	KEY_FIT,
};

const struct scaling_front scaling_fronts[SCALING_FRONTS] = {
	{ FMAG_FRONT_RSEQ, "rseq", "fmag-rseq" },
	{ FMAG_FRONT_OWNER, "owner", "fmag-owner" },
	{ FMAG_FRONT_CLAIM, "claim", "fmag-claim" },
};

static const struct argp_option argp_options[] = {
	{ "fronts", KEY_FRONTS, "NAME[,NAME...]", 0,
		"Of rseq, owner, claim (default: all)", 0 },
	{ "workloads", KEY_WORKLOADS, "NAME[,NAME...]", 0,
		"Of pair, lifo512, random512, bulk32, guest4096, prodcons, "
		"imbalance (default: all)",
		0 },
	{ "cpus", KEY_CPUS, "N[,N...]", 0,
		"CPUs that one thread plays, each count in turn (default: "
		"1,2,4,...,1024)",
		0 },
	{ "threads", KEY_THREADS, "N[,N...]", 0,
		"Real threads, a CPU each; 0: none (default: 1,2,8,32)", 0 },
	{ "turn", KEY_TURN, "CALLS", 0,
		"Of a CPU that is played, the mean (default: 16)", 0 },
	{ "seed", KEY_SEED, "N", 0, "Of the turns' lengths (default: 1)", 0 },
	{ "t-op", KEY_OP, "NS", 0,
		"Time of an operation without transfers (default: measured, "
		"for each workload and front)",
		0 },
	{ "t-line", KEY_LINE, "NS", 0,
		"Time of a line's transfer (default: measured)", 0 },
	{ "json", KEY_JSON, "FILE", 0,
		"Write all figures to FILE; - is standard output", 0 },
	{ "chart", KEY_CHART, "FILE", 0,
		"Draw the predicted speed-up into FILE, .svg or .png", 0 },
	{ "fit", KEY_FIT, "FILE", 0,
		"Count nothing: fit the law to lines \"CPUS THROUGHPUT\" of "
		"FILE",
		0 },
	{ 0 },
};

static size_t parse_counts(struct argp_state *state, const char *what,
	char *text, unsigned *counts, unsigned max)
{
	if (strcmp(text, "0") == 0)
		return 0;
	return parse_numbers(
		state, what, text, counts, SCALING_MAX_COUNTS, max);
}

static void parse_fronts(
	struct argp_state *state, struct scaling_options *options, char *text)
{
	char *rest = text;

	memset(options->fronts, 0, sizeof(options->fronts));
	for (char *item; (item = strsep(&rest, ",")) != NULL;) {
		size_t i = 0;

		while (i < SCALING_FRONTS &&
			strcmp(scaling_fronts[i].name, item) != 0)
			i++;
		if (i == SCALING_FRONTS)
			argp_error(state, "--fronts: \"%s\" is no front", item);
		options->fronts[i] = true;
	}
}

static void parse_workloads(
	struct argp_state *state, struct scaling_options *options, char *text)
{
	char *rest = text;

	memset(options->workloads, 0, sizeof(options->workloads));
	for (char *item; (item = strsep(&rest, ",")) != NULL;) {
		enum run_workload workload = run_workload_by_name(item);
		size_t i = 0;

		while (i < PLAYER_WORKLOADS && player_workloads[i] != workload)
			i++;
		if (i == PLAYER_WORKLOADS)
			argp_error(state,
				"--workloads: \"%s\" is none that is counted",
				item);
		options->workloads[i] = true;
	}
}

static double parse_ns(
	struct argp_state *state, const char *what, const char *text)
{
	char *end;
	double ns = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(ns) || ns <= 0)
		argp_error(state, "%s: \"%s\" is no time", what, text);
	return ns;
}

static const char *parse_chart(struct argp_state *state, const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot == NULL ||
		(strcmp(dot, ".svg") != 0 && strcmp(dot, ".png") != 0))
		argp_error(state,
			"--chart: \"%s\" ends neither in .svg nor "
			"in .png",
			name);
	return name;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct scaling_options *options = state->input;

	switch (key) {
	case KEY_FRONTS:
		parse_fronts(state, options, argument);
		return 0;
	case KEY_WORKLOADS:
		parse_workloads(state, options, argument);
		return 0;
	case KEY_CPUS:
		options->cpus_count = parse_counts(state, "--cpus", argument,
			options->cpus, PLAY_MAX_CPUS);
		return 0;
	case KEY_THREADS:
		options->threads_count = parse_counts(state, "--threads",
			argument, options->threads, MAX_THREADS);
		return 0;
	case KEY_TURN:
		options->turn = (unsigned)parse_number(
			state, "--turn", argument, 1, MAX_TURN);
		return 0;
	case KEY_SEED:
		options->seed =
			parse_number(state, "--seed", argument, 0, INT64_MAX);
		return 0;
	case KEY_OP:
		options->op_ns = parse_ns(state, "--t-op", argument);
		return 0;
	case KEY_LINE:
		options->line_ns = parse_ns(state, "--t-line", argument);
		return 0;
	case KEY_JSON:
		options->json = argument;
		return 0;
	case KEY_CHART:
		options->chart = parse_chart(state, argument);
		return 0;
	case KEY_FIT:
		options->fit = argument;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\": no argument is wanted", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static struct scaling_options defaults(void)
{
	struct scaling_options options = {
		.threads = { 1, 2, 8, 32 },
		.threads_count = 4,
		.turn = DEFAULT_TURN,
		.seed = 1,
	};

	for (unsigned cpus = 1; cpus <= 1024; cpus *= 2)
		options.cpus[options.cpus_count++] = cpus;
	for (size_t i = 0; i < SCALING_FRONTS; i++)
		options.fronts[i] = true;
	for (size_t i = 0; i < PLAYER_WORKLOADS; i++)
		options.workloads[i] = true;
	return options;
}

struct scaling_options scaling_options_parse(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.doc = "Counts what does not depend on time: accesses to words "
		       "that CPUs share, cache lines that go from one CPU to "
		       "another, HAL calls, for up to 4096 CPUs that are "
		       "played; and predicts from that how throughput grows "
		       "with CPUs."
		       "\v"
		       "An operation is one frame allocated, or one freed. "
		       "Exit "
		       "status: 0 all is well, 1 an error, 64 a wrong option.",
	};
	struct scaling_options options = defaults();

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	return options;
}
