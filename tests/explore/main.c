/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore: runs scenarios in every schedule up to a bound.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "explore/crash.h"
#include "explore/explore.h"
#include "explore/search.h"
#include "explore/world.h"

#define DEFAULT_BOUND      3
#define BOUND_IF_SLOW      2
#define DEFAULT_RSEQ_BOUND 2 /* a section has more steps */
#ifdef EXPLORE_TSAN
#define MOST_BY_DEFAULT 2 /* it is several times slower */
#else
#define MOST_BY_DEFAULT UINT_MAX
#endif

/* By chance: no test of speed, so they differ from run to run. */
#define SEED              UINT64_C(0x666d6167)
#define SECONDS_BY_CHANCE 20

/* For a replay: nothing happens but what the string says. */
#define NO_BOUND UINT_MAX

struct options {
	const char *scenario; /* NULL: all */
	const char *replay;
	unsigned bound;
	bool has_bound; /* otherwise the scenario's own */
	unsigned most;  /* likewise, but no more than this */
	bool lists;
};

static const char usage[] =
	"usage: explore [SCENARIO] [--bound N | --at-most N] [--list]\n"
	"       explore SCENARIO --replay SCHEDULE\n"
	"\n"
	"Runs one scenario, or all, in every schedule with at most N\n"
	"preemptions, handlers, migrations and aborted sections together:\n"
	"first those with fewer. A schedule that shows an error is printed as "
	"numbered steps,\n"
	"and as a string for --replay.\n"
	"\n"
	"  --at-most N the default, but no more\n"
	"  --bound N   default 3 (2 but on claim, and under ThreadSanitizer), "
	"or what\n"
	"              the scenario says; 2 for slow ones. Where FMAG_TEST_ALL "
	"is set, 3\n"
	"              for them too, and for 20 seconds more by chance, with "
	"twice as many\n";

/* The library's last word, where no hook is set. */
void fmag_panic(const char *message)
{
	explore_fail("panic: %s", message);
}

/* As tests and replays name a scenario on a front. */
static const char *name_on(
	const struct scenario *scenario, enum fmag_front_kind front)
{
	static char name[64];

	static const char *const prefixes[] = {
		[FMAG_FRONT_CLAIM] = "",
		[FMAG_FRONT_RSEQ] = "rseq/",
		[FMAG_FRONT_OWNER] = "owner/",
	};

	snprintf(name, sizeof(name), "%s%s", prefixes[front], scenario->name);
	return name;
}

static const char *stage_name(void)
{
	return name_on(stage.scenario, stage.front);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool is_patient(void)
{
	return getenv("FMAG_TEST_ALL") != NULL;
}

static unsigned bound_of(
	const struct scenario *scenario, const struct options *options)
{
	unsigned bound = scenario->bound > 0 ? scenario->bound : DEFAULT_BOUND;
	unsigned most = options->most;

	if (options->has_bound)
		return options->bound;
	if (stage.front != FMAG_FRONT_CLAIM)
		bound = scenario->rseq_bound > 0 ? scenario->rseq_bound
						 : DEFAULT_RSEQ_BOUND;
	if (scenario->is_slow && !is_patient() && most > BOUND_IF_SLOW)
		most = BOUND_IF_SLOW;
	return bound < most ? bound : most;
}

static void print_failure(void)
{
	char schedule[1024];

	search_print(schedule, sizeof(schedule));
	search_replay(schedule);
	explore_set_trace(true);
	explore_run_schedule(NO_BOUND);
	explore_set_trace(false);
	printf("%s: %s\n", stage_name(), explore_failure());
	printf("again: explore %s --replay '%s'\n", stage_name(), schedule);
}

/* One schedule, the search's next one. */
static bool run_next(unsigned bound, unsigned long number)
{
	if (explore_run_schedule(bound))
		return true;
	printf("%-28s bound %u  fails in schedule %lu\n", stage_name(), bound,
		number);
	print_failure();
	return false;
}

/* Every schedule up to `bound`; how many, or 0 where one failed. */
static unsigned long explore_bound(unsigned bound)
{
	unsigned long schedules = 0;

	search_begin();
	do {
		if (!run_next(bound, ++schedules))
			return 0;
	} while (search_next());
	return schedules;
}

/* For a while by chance, with up to `bound` events; false where one failed. */
static bool explore_by_chance(unsigned bound)
{
	double begin = now();
	unsigned long schedules = 0;

	search_begin_random(SEED);
	do {
		if (!run_next(bound, ++schedules))
			return false;
	} while (search_next() && now() - begin < SECONDS_BY_CHANCE);
	printf("%-28s bound %u  %10lu schedules  by chance\n", stage_name(),
		bound, schedules);
	return true;
}

static bool explore_scenario(
	const struct scenario *scenario, const struct options *options)
{
	unsigned most = bound_of(scenario, options);
	double begin = now();
	unsigned long schedules = 0;

	for (unsigned bound = 0; bound <= most; bound++) {
		schedules = explore_bound(bound);
		if (schedules == 0)
			return false;
	}
	printf("%-28s bound %u  %10lu schedules  %7.2f s\n", stage_name(), most,
		schedules, now() - begin);
	fflush(stdout);
	return !is_patient() || explore_by_chance(2 * most);
}

static bool replay(const struct options *options)
{
	bool passed;

	if (!search_replay(options->replay)) {
		fputs(usage, stderr);
		return false;
	}
	explore_set_trace(true);
	passed = explore_run_schedule(NO_BOUND);
	printf("%s: %s\n", stage_name(),
		passed ? "no error" : explore_failure());
	return passed;
}

static bool is_on(const struct scenario *scenario, enum fmag_front_kind front)
{
	switch (front) {
	case FMAG_FRONT_OWNER:
		return scenario->fronts == ON_OWNER || scenario->on_owner;
	case FMAG_FRONT_RSEQ:
		return scenario->fronts == ON_RSEQ ||
			scenario->fronts == ON_BOTH;
	default:
		return scenario->fronts == ON_CLAIM ||
			scenario->fronts == ON_BOTH;
	}
}

static bool is_wanted(const struct scenario *scenario,
	enum fmag_front_kind front, const struct options *options)
{
	if (!is_on(scenario, front))
		return false;
	return options->scenario != NULL
		? strcmp(options->scenario, name_on(scenario, front)) == 0
		: !scenario->is_broken;
}

static bool run_one(const struct scenario *scenario, enum fmag_front_kind front,
	const struct options *options)
{
	if (options->lists) {
		printf("%-28s %s\n", name_on(scenario, front), scenario->about);
		return true;
	}
	world_build(scenario, front);
	world_keep();
	return options->replay != NULL ? replay(options)
				       : explore_scenario(scenario, options);
}

/* All that the options name. */
static bool run_all(const struct options *options)
{
	static const enum fmag_front_kind fronts[] = { FMAG_FRONT_CLAIM,
		FMAG_FRONT_RSEQ, FMAG_FRONT_OWNER };
	const struct scenario *scenario;
	bool found = false, passed = true;

	for (unsigned i = 0; i < FMAG_ARRAY_LENGTH(fronts); i++) {
		for (scenario = scenarios; scenario->name != NULL; scenario++) {
			if (!is_wanted(scenario, fronts[i], options))
				continue;
			found = true;
			passed &= run_one(scenario, fronts[i], options);
		}
	}
	if (!found)
		fprintf(stderr, "explore: no such scenario\n");
	return found && passed;
}

static bool parse_option(struct options *options, const char *name,
	const char *value, bool *takes_value)
{
	*takes_value = false;
	if (strcmp(name, "--list") == 0) {
		options->lists = true;
		return true;
	}
	if (name[0] != '-' && options->scenario == NULL) {
		options->scenario = name;
		return true;
	}
	*takes_value = true;
	if (value == NULL)
		return false;
	if (strcmp(name, "--replay") == 0) {
		options->replay = value;
		return true;
	}
	if (strcmp(name, "--at-most") == 0) {
		options->most = (unsigned)strtoul(value, NULL, 10);
		return true;
	}
	options->has_bound = true;
	options->bound = (unsigned)strtoul(value, NULL, 10);
	return strcmp(name, "--bound") == 0;
}

int main(int argc, char **argv)
{
	struct options options = { .most = MOST_BY_DEFAULT };

	for (int i = 1; i < argc; i++) {
		bool takes_value;

		if (!parse_option(
			    &options, argv[i], argv[i + 1], &takes_value)) {
			fputs(usage, stderr);
			return 2;
		}
		i += takes_value;
	}
	crash_catch();
	explore_init();
	return run_all(&options) ? EXIT_SUCCESS : EXIT_FAILURE;
}
