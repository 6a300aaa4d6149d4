/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_options.h"

#include "support/message.h"
#include "support/parse.h"

#include <argp.h>
#include <string.h>

#define MAX_THREADS    1024
#define DEFAULT_ROUNDS 60
#define MAX_ROUNDS     100000

/* Long against a clock's reading and a thread's start, short against what
 * changes on the machine. In microseconds. */
#define DEFAULT_BURST 2000
#define MIN_BURST     10
#define MAX_BURST     1000000

/* What a cache may keep away from a thread on another CPU; fmag's defaults
 * keep 8 magazines of 1037. */
#define FRAMES_PER_CPU 16384

/* And what a thread's, where each thread has a cache: fmag's two magazines. */
#define FRAMES_PER_CACHE 2074

enum key {
	KEY_THREADS = 't',
	KEY_WORKLOADS = 'w',
	KEY_SUBJECTS = 'a',
	KEY_ROUNDS = 'r',
	KEY_BURST = 'b',
	KEY_JSON = 'j',
	KEY_CHARTS = 'c',
	KEY_SEED = 's',
	KEY_FRAMES = 0x100,
	KEY_NO_FIFO,
	KEY_CSV,
	KEY_LATENCY_CSV,
};

static const char *const run_file_options[RUN_FILES] = {
	[RUN_FILE_JSON] = "json",
	[RUN_FILE_CSV] = "csv",
	[RUN_FILE_LATENCY_CSV] = "latency-csv",
};

static const struct argp_option argp_options[] = {
	{ "threads", KEY_THREADS, "N[,N...]", 0,
		"Threads, each count in turn (default: 1,2,8,32)", 0 },
	{ "workloads", KEY_WORKLOADS, "NAME[,NAME...]", 0,
		"Of pair, lifo512, random512, bulk32, touched512, zeroed, "
		"guest4096, prodcons, prodcons32, imbalance, latency "
		"(default: all of these), ready512, scrub512, retire512, "
		"settled512, faults, faultstouched, beside",
		0 },
	{ "allocators", KEY_SUBJECTS, "NAME[,NAME...]", 0,
		"Those to compare with the floor (default: all)", 0 },
	{ "rounds", KEY_ROUNDS, "N", 0,
		"Turns of each allocator in each workload (default: 60)", 0 },
	{ "burst", KEY_BURST, "MICROSECONDS", 0,
		"Length of a turn (default: 2000)", 0 },
	{ "json", KEY_JSON, "FILE", 0,
		"Write all figures to FILE; - is standard output", 0 },
	{ "csv", KEY_CSV, "FILE", 0,
		"Write a line of each result to FILE, for a spreadsheet", 0 },
	{ "latency-csv", KEY_LATENCY_CSV, "FILE", 0,
		"The same of the latencies: a line of each allocator's alloc, "
		"and of its free",
		0 },
	{ "charts", KEY_CHARTS, "DIR", 0,
		"Draw charts into DIR, as SVG and PNG (takes gnuplot)", 0 },
	{ "no-fifo", KEY_NO_FIFO, NULL, 0,
		"Do not ask for SCHED_FIFO in turns that have a CPU a thread",
		0 },
	{ "seed", KEY_SEED, "N", 0, "Of the order of turns (default: 1)", 0 },
	{ "frames", KEY_FRAMES, "N", OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static void parse_workloads(
	struct argp_state *state, struct run_options *options, char *text)
{
	char *rest = text;

	memset(options->workloads, 0, sizeof(options->workloads));
	for (char *item; (item = strsep(&rest, ",")) != NULL;) {
		enum run_workload workload = run_workload_by_name(item);

		if (workload == RUN_WORKLOADS)
			argp_error(state, "--workloads: \"%s\" is no workload",
				item);
		options->workloads[workload] = true;
	}
}

static void parse_subjects(
	struct argp_state *state, struct run_options *options, char *text)
{
	const char *unknown;

	options->subjects.count = 0;
	run_subjects_add(&options->subjects, &run_subjects[0]);
	unknown = run_subjects_add_names(&options->subjects, text);
	if (unknown != NULL)
		argp_error(state, "--allocators: there is no \"%s\"", unknown);
}

/* Each to a place of its own, or one would overwrite the other. */
static void parse_file(struct argp_state *state, struct run_options *options,
	enum run_file file, const char *name)
{
	options->files[file] = name;
	for (unsigned i = 0; i < RUN_FILES; i++) {
		if (i != file && options->files[i] != NULL &&
			strcmp(options->files[i], name) == 0)
			argp_error(state, "%s for both --%s and --%s",
				strcmp(name, "-") == 0 ? "standard output"
						       : name,
				run_file_options[i], run_file_options[file]);
	}
}

/* The options that say where results go. */
static error_t parse_output(int key, char *argument, struct argp_state *state)
{
	struct run_options *options = state->input;

	switch (key) {
	case KEY_JSON:
		parse_file(state, options, RUN_FILE_JSON, argument);
		return 0;
	case KEY_CSV:
		parse_file(state, options, RUN_FILE_CSV, argument);
		return 0;
	case KEY_LATENCY_CSV:
		parse_file(state, options, RUN_FILE_LATENCY_CSV, argument);
		return 0;
	case KEY_CHARTS:
		options->charts = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct run_options *options = state->input;

	switch (key) {
	case KEY_THREADS:
		options->thread_count_count = parse_numbers(state, "--threads",
			argument, options->threads, RUN_MAX_THREAD_COUNTS,
			MAX_THREADS);
		return 0;
	case KEY_WORKLOADS:
		parse_workloads(state, options, argument);
		return 0;
	case KEY_SUBJECTS:
		parse_subjects(state, options, argument);
		return 0;
	case KEY_ROUNDS:
		options->rounds = parse_number(
			state, "--rounds", argument, 1, MAX_ROUNDS);
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
	case KEY_NO_FIFO:
		options->fifo = false;
		return 0;
	case KEY_FRAMES:
		options->frames =
			parse_number(state, "--frames", argument, 1, INT32_MAX);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\": no argument is wanted", argument);
		return 0;
	default:
		return parse_output(key, argument, state);
	}
}

static struct run_options defaults(void)
{
	struct run_options options = {
		.threads = { 1, 2, 8, 32 },
		.thread_count_count = 4,
		.rounds = DEFAULT_ROUNDS,
		.burst_seconds = 1e-6 * DEFAULT_BURST,
		.fifo = true,
		.seed = 1,
	};

	for (size_t i = 0; i < RUN_WORKLOADS; i++)
		options.workloads[i] = !run_workload_kinds[i].asked_for;
	for (size_t i = 0; run_subjects[i].name != NULL; i++) {
		if (!run_subjects[i].asked_for)
			run_subjects_add(&options.subjects, &run_subjects[i]);
	}
	return options;
}

struct run_options run_options_parse(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.doc = "Allocations and frees alone, of one frame or of many, "
		       "on allocators that take turns, each in a process of "
		       "its own. The floor is a thread-local array behind a "
		       "call that is not inlined."
		       "\v"
		       "An operation is one frame allocated, or one freed; of "
		       "prodcons it is a frame's way from one CPU to another. "
		       "A ratio is the median of the ratios within a round; "
		       "where its 95 % confidence interval contains 1, there "
		       "is no telling the two apart. Exit status: 0 all is "
		       "well, 1 an error, 64 a wrong option, 130 interrupted.",
	};
	struct run_options options = defaults();

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	return options;
}

/* Of all threads together; held frames and the callers' own. */
static size_t most_frames_out(
	const struct run_options *options, unsigned threads, unsigned cpus)
{
	size_t most = 0;

	for (size_t i = 0; i < RUN_WORKLOADS; i++) {
		const struct run_workload_kind *kind = &run_workload_kinds[i];

		if (options->workloads[i] && kind->frames > most &&
			(!kind->cpu_each || threads <= cpus))
			most = kind->frames;
	}
	return threads * (most + RUN_MAX_HELD);
}

size_t run_options_frames(const struct run_options *options, unsigned cpus)
{
	size_t most = 0;
	unsigned caches = cpus;

	if (options->frames != 0)
		return options->frames;
	for (size_t i = 0; i < options->thread_count_count; i++) {
		unsigned threads = options->threads[i];
		size_t out = most_frames_out(options, threads, cpus);

		most = out > most ? out : most;
		caches = threads > caches ? threads : caches;
	}
	return most + cpus * (size_t)FRAMES_PER_CPU +
		caches * (size_t)FRAMES_PER_CACHE;
}
