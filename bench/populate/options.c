/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/options.h"

#include "allocators/allocator.h"
#include "populate/stamp.h"
#include "support/message.h"
#include "support/parse.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

#define MAX_VCPUS      4096
#define DEFAULT_GUESTS 4
#define MIN_SECONDS    0.05
#define MAX_SECONDS    600.0
#define DEFAULT_CHART  "fmag-bench-populate.svg"

/* 4 KiB pages, 2 MiB: below it, guests are born and die faster than it takes
 * to notice. */
#define MIN_PAGES_PER_GUEST 512u

/* The guests' share of the pool in percent: with the rest in caches and on the
 * way, an allocation hardly ever fails. */
#define GUESTS_SHARE 80

/* Shown together: as many threads as CPUs, and so many times more. */
#define OVERCOMMIT 4

/* The default pool: this much, or, where it is more, this much a CPU; a cache
 * may keep some 8 MiB a CPU, which a fifth of the pool must cover. */
#define DEFAULT_POOL         (256 * MIB)
#define DEFAULT_POOL_PER_CPU (48 * MIB)

/* Four allocators in two sections stay under a minute. */
#define DEFAULT_SECONDS 5.0

enum key {
	KEY_VCPUS = 'v',
	KEY_GUESTS = 'g',
	KEY_POOL = 'p',
	KEY_SECONDS = 's',
	KEY_JSON = 'j',
	KEY_CHART = 'c',
	KEY_NO_CHART = 0x100,
	KEY_SEED,
	KEY_INJECT,
};

static const struct argp_option argp_options[] = {
	{ "vcpus", KEY_VCPUS, "N[,N...]", 0,
		"vCPU threads, a section for each N (default: as many as CPUs, "
		"and 4 times as many)",
		0 },
	{ "guests", KEY_GUESTS, "N", 0, "Guests that share a pool (default: 4)",
		0 },
	{ "pool", KEY_POOL, "SIZE", 0,
		"Memory for each allocator, with K, M or G (default: 256M, on "
		"6 CPUs and more 48M a CPU)",
		0 },
	{ "seconds", KEY_SECONDS, "S", 0,
		"Time for each allocator in each section (default: 5)", 0 },
	{ "json", KEY_JSON, "FILE", 0,
		"Write all figures to FILE; - is standard output", 0 },
	{ "chart", KEY_CHART, "FILE", 0,
		"Draw the chart into FILE (default: " DEFAULT_CHART
		", if gnuplot is installed)",
		0 },
	{ "no-chart", KEY_NO_CHART, NULL, 0, "Draw no chart", 0 },
	{ "seed", KEY_SEED, "N", 0,
		"Of the order of turns and of the guests' choices "
		"(default: 1)",
		0 },
	{ "inject-error", KEY_INJECT, "KIND", OPTION_HIDDEN, NULL, 0 },
	{ 0 },
};

static unsigned suffix_shift(char suffix)
{
	switch (suffix) {
	case 'K':
		return 10;
	case 'M':
		return 20;
	case 'G':
		return 30;
	default:
		return 0;
	}
}

static size_t parse_size(struct argp_state *state, const char *text)
{
	unsigned long long value;
	unsigned shift;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	shift = suffix_shift(*end);
	end += shift != 0;
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' ||
		value > SIZE_MAX >> shift)
		argp_error(state,
			"--pool: \"%s\" is not a size such as 262144K, 256M "
			"or 1G",
			text);
	if ((value << shift) % FRAME_SIZE != 0)
		argp_error(state, "--pool: %s is not a multiple of %zu bytes",
			text, FRAME_SIZE);
	return (size_t)value << shift;
}

static double parse_seconds(struct argp_state *state, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	/* Not a number is not in the range either. */
	if (end == text || *end != '\0' ||
		!(value >= MIN_SECONDS && value <= MAX_SECONDS))
		argp_error(state,
			"--seconds: \"%s\" is not a time from %g to %g seconds",
			text, MIN_SECONDS, MAX_SECONDS);
	return value;
}

static enum inject parse_inject(struct argp_state *state, const char *text)
{
	if (strcmp(text, "double-own") == 0)
		return INJECT_DOUBLE_OWN;
	if (strcmp(text, "lost-frame") == 0)
		return INJECT_LOST_FRAME;
	argp_error(state,
		"--inject-error: \"%s\" is not double-own or "
		"lost-frame",
		text);
	return INJECT_NOTHING;
}

static void check_pool(struct argp_state *state, const struct options *options)
{
	size_t min = (size_t)options->guests * MIN_PAGES_PER_GUEST *
		FRAME_SIZE / GUESTS_SHARE * 100;

	if (options->pool_size < min)
		argp_error(state,
			"--pool: %u guest%s of 2M or more need a pool of %zuK "
			"or more",
			options->guests, plural(options->guests),
			(min + 1023) / 1024);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_VCPUS:
		options->section_count = parse_numbers(state, "--vcpus",
			argument, options->vcpus, OPTIONS_MAX_SECTIONS,
			MAX_VCPUS);
		return 0;
	case KEY_GUESTS:
		options->guests = (unsigned)parse_number(
			state, "--guests", argument, 1, STAMP_MAX_GUESTS);
		return 0;
	case KEY_POOL:
		options->pool_size = parse_size(state, argument);
		return 0;
	case KEY_SECONDS:
		options->seconds = parse_seconds(state, argument);
		return 0;
	case KEY_JSON:
		options->json = argument;
		return 0;
	case KEY_CHART:
		options->chart = argument;
		options->chart_asked = true;
		return 0;
	case KEY_NO_CHART:
		options->chart = NULL;
		return 0;
	case KEY_SEED:
		options->seed =
			parse_number(state, "--seed", argument, 0, INT64_MAX);
		return 0;
	case KEY_INJECT:
		options->inject = parse_inject(state, argument);
		return 0;
	case ARGP_KEY_END:
		check_pool(state, options);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static struct options defaults(const struct machine *machine)
{
	size_t by_cpus = machine->cpus * DEFAULT_POOL_PER_CPU;

	return (struct options){
		.vcpus = { machine->cpus, OVERCOMMIT * machine->cpus },
		.section_count = 2,
		.guests = DEFAULT_GUESTS,
		.pool_size = by_cpus > DEFAULT_POOL ? by_cpus : DEFAULT_POOL,
		.seconds = DEFAULT_SECONDS,
		.seed = 1,
		.chart = DEFAULT_CHART,
	};
}

struct options options_parse(
	int argc, char **argv, const struct machine *machine)
{
	static const struct argp argp = {
		.options = argp_options,
		.parser = parse_option,
		.doc = "Fault in, balloon and tear down the RAM of several "
		       "guests from one pool of real memory, on each "
		       "allocator in turn: the raw arena, a mutex-guarded "
		       "free list, a bitmap under a ticket lock (not with "
		       "more threads than CPUs), and the fmag cache over the "
		       "raw arena."
		       "\v"
		       "Nanoseconds are those spent in the allocator; "
		       "touching pages is not among them. Every frame is "
		       "checked for a second owner, and all must come back. "
		       "Exit status: 0 all is "
		       "well, 1 an error or a failed check, 64 a wrong "
		       "option, 130 interrupted.",
	};
	struct options options = defaults(machine);

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	return options;
}

size_t options_pages_per_guest(const struct options *options)
{
	size_t frames = options->pool_size / FRAME_SIZE;

	return frames / options->guests * GUESTS_SHARE / 100;
}
