/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_options.h"

#include "support/parse.h"

#include <argp.h>
#include <string.h>

#define MAX_THREADS     1024
#define DEFAULT_FRAMES  65536
#define MIN_FRAMES      4096
#define MAX_FRAMES      (1 << 24)
#define DEFAULT_ROUNDS  30
#define DEFAULT_SAMPLES 20

/* In microseconds: long against a time slice of the scheduler's, since there
 * are more threads than CPUs. */
#define DEFAULT_BURST 20000
#define MIN_BURST     100
#define MAX_BURST     1000000

enum key {
	KEY_PARTS = 'p',
	KEY_THREADS = 't',
	KEY_SUBJECTS = 'a',
	KEY_FRAMES = 'f',
	KEY_ROUNDS = 'r',
	KEY_BURST = 'b',
	KEY_SAMPLES = 'n',
	KEY_JSON = 'j',
	KEY_CHARTS = 'c',
	KEY_SEED = 's',
	KEY_CSV = 0x100,
};

const char *const pressure_part_names[PRESSURE_PARTS] = {
	[PRESSURE_FULL] = "full",
	[PRESSURE_TAKING] = "taking",
	[PRESSURE_RETURN] = "return",
	[PRESSURE_TRAFFIC] = "traffic",
};

/* Those that a hypervisor's author would take, and what they cache. */
static const char *const default_subjects[] = {
	"fmag-rseq",
	"fmag-owner",
	"fmag-claim",
	"mutex-list",
	"ticket-bitmap",
	"dpdk-ring512",
	"dpdk-ring256",
};

static const struct argp_option argp_options[] = {
	{ "parts", KEY_PARTS, "NAME[,NAME...]", 0,
		"Of full, taking, return, traffic (default: all)", 0 },
	{ "threads", KEY_THREADS, "N[,N...]", 0,
		"Of full: threads, each count in turn (default: 2,8,32)", 0 },
	{ "allocators", KEY_SUBJECTS, "NAME[,NAME...]", 0,
		"Of full: those of run that have a number of frames (default: "
		"fmag-rseq, fmag-owner, fmag-claim, mutex-list, ticket-bitmap, "
		"dpdk-ring512, dpdk-ring256)",
		0 },
	{ "frames", KEY_FRAMES, "N", 0, "Of each pool (default: 65536)", 0 },
	{ "rounds", KEY_ROUNDS, "N", 0,
		"Turns of each in full and taking (default: 30)", 0 },
	{ "burst", KEY_BURST, "MICROSECONDS", 0,
		"Of full: length of a turn (default: 20000)", 0 },
	{ "samples", KEY_SAMPLES, "N", 0,
		"Of taking: allocations of a turn (default: 20)", 0 },
	{ "json", KEY_JSON, "FILE", 0,
		"Write all figures to FILE; - is standard output", 0 },
	{ "csv", KEY_CSV, "FILE", 0,
		"Write a line of each figure to FILE, for a spreadsheet", 0 },
	{ "charts", KEY_CHARTS, "DIR", 0,
		"Draw charts into DIR, as SVG and PNG (takes gnuplot)", 0 },
	{ "seed", KEY_SEED, "N", 0, "Of the order of turns (default: 1)", 0 },
	{ 0 },
};

static size_t part_by_name(const char *name)
{
	size_t part = 0;

	while (part < PRESSURE_PARTS &&
		strcmp(pressure_part_names[part], name) != 0)
		part++;
	return part;
}

static void parse_parts(
	struct argp_state *state, struct pressure_options *options, char *text)
{
	char *rest = text;

	memset(options->parts, 0, sizeof(options->parts));
	for (char *item; (item = strsep(&rest, ",")) != NULL;) {
		size_t part = part_by_name(item);

		if (part == PRESSURE_PARTS)
			argp_error(state, "--parts: \"%s\" is no part", item);
		options->parts[part] = true;
	}
}

static void parse_subjects(
	struct argp_state *state, struct pressure_options *options, char *text)
{
	const char *unknown;

	options->subjects.count = 0;
	unknown = run_subjects_add_names(&options->subjects, text);
	if (unknown != NULL)
		argp_error(state, "--allocators: there is no \"%s\"", unknown);
}

static void parse_file(struct argp_state *state,
	struct pressure_options *options, enum pressure_file file,
	const char *name)
{
	options->files[file] = name;
	for (unsigned i = 0; i < PRESSURE_FILES; i++) {
		if (i != file && options->files[i] != NULL &&
			strcmp(options->files[i], name) == 0)
			argp_error(state, "%s for both --json and --csv",
				strcmp(name, "-") == 0 ? "standard output"
						       : name);
	}
}

/* The options that are numbers. */
static error_t parse_amount(int key, char *argument, struct argp_state *state)
{
	struct pressure_options *options = state->input;

	switch (key) {
	case KEY_FRAMES:
		options->frames = parse_number(
			state, "--frames", argument, MIN_FRAMES, MAX_FRAMES);
		return 0;
	case KEY_ROUNDS:
		options->rounds =
			parse_number(state, "--rounds", argument, 1, 100000);
		return 0;
	case KEY_SAMPLES:
		options->samples =
			parse_number(state, "--samples", argument, 1, 100000);
		return 0;
	case KEY_BURST:
		options->burst_seconds = 1e-6 *
			(double)parse_number(state, "--burst", argument,
				MIN_BURST, MAX_BURST);
		return 0;
	case KEY_SEED:
		options->seed =
			parse_number(state, "--seed", argument, 0, INT64_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct pressure_options *options = state->input;

	switch (key) {
	case KEY_PARTS:
		parse_parts(state, options, argument);
		return 0;
	case KEY_THREADS:
		options->thread_count_count = parse_numbers(state, "--threads",
			argument, options->threads, PRESSURE_MAX_THREAD_COUNTS,
			MAX_THREADS);
		return 0;
	case KEY_SUBJECTS:
		parse_subjects(state, options, argument);
		return 0;
	case KEY_JSON:
		parse_file(state, options, PRESSURE_FILE_JSON, argument);
		return 0;
	case KEY_CSV:
		parse_file(state, options, PRESSURE_FILE_CSV, argument);
		return 0;
	case KEY_CHARTS:
		options->charts = argument;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\": no argument is wanted", argument);
		return 0;
	default:
		return parse_amount(key, argument, state);
	}
}

static struct pressure_options defaults(void)
{
	struct pressure_options options = {
		.threads = { 2, 8, 32 },
		.thread_count_count = 3,
		.frames = DEFAULT_FRAMES,
		.rounds = DEFAULT_ROUNDS,
		.burst_seconds = 1e-6 * DEFAULT_BURST,
		.samples = DEFAULT_SAMPLES,
		.seed = 1,
	};

	for (size_t i = 0; i < PRESSURE_PARTS; i++)
		options.parts[i] = true;
	for (size_t i = 0;
		i < sizeof(default_subjects) / sizeof(*default_subjects); i++)
		run_subjects_add(&options.subjects,
			run_subject_by_name(default_subjects[i]));
	return options;
}

struct pressure_options pressure_options_parse(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.doc = "Allocators with hardly a frame left: how often an "
		       "allocation fails although a frame is free, what it "
		       "takes to get at another CPU's frames, what goes back "
		       "to the HAL when nobody wants it any more, and how "
		       "often depot and HAL are called."
		       "\v"
		       "Counts come first. full has real threads, on "
		       "allocators that take turns, each in a process of its "
		       "own; in the other parts one thread plays the CPUs, and "
		       "the counts are the same on each run. Exit status: 0 "
		       "all is well, 1 an error, 64 a wrong option, 130 "
		       "interrupted.",
	};
	struct pressure_options options = defaults();

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	return options;
}
