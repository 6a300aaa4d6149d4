/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `fmag-bench pressure` found, by part. Each list is as long as its count;
 * what this machine or this build has not, is not in it.
 */
#ifndef BENCH_PRESSURE_RESULT_H
#define BENCH_PRESSURE_RESULT_H

#include "pressure/pressure_options.h"
#include "pressure/world.h"
#include "serve/protocol.h"
#include "support/machine.h"
#include "support/statistics.h"

#include <time.h>

#define PRESSURE_FRONTS 3

/* PRESSURE_FULL: an allocator on so many threads. */
struct pressure_full {
	const struct run_subject_name *subject;
	char version[RUN_VERSION_TEXT];
	unsigned threads;
	bool left_out;  /* not on this machine, or not built */
	bool not_built; /* and left out */
	/* It spins, and threads outnumber the CPUs: how many it managed says
	 * more of the scheduler than of it. */
	bool untimed;
	uint64_t wanted, missed; /* frames, in all rounds */
	double *rates;           /* frames that came, a second, by round */
	size_t rounds;
	struct median rate;
};

/* PRESSURE_TAKING: of one front, all frames with so many other CPUs. */
struct pressure_taking {
	enum fmag_front_kind front;
	unsigned holders;
	uint64_t tries;
	uint64_t came; /* with the first call */
	uint64_t
		answered; /* with the second, after CPUs that were asked answered */
	double *ns;       /* of the first calls */
	double p50, p99, max;
	struct world_counts counts; /* of the first calls together */
};

/* PRESSURE_RETURN: a burst in steps, up and down, then ticks without work. */
#define PRESSURE_STEPS 10
#define PRESSURE_IDLE  10
#define PRESSURE_TICKS (2 * PRESSURE_STEPS + PRESSURE_IDLE)

/* Frames, at the end of a tick. */
struct pressure_tick {
	uint64_t from_hal, with_callers, cached;
};

struct pressure_burst {
	enum fmag_front_kind front;
	unsigned cpus;
	bool trims; /* fmag_cache_trim_unused() at each tick */
	struct pressure_tick ticks[PRESSURE_TICKS];
};

/* What is cached when one CPU went idle after a burst and another works on. */
struct pressure_idle {
	enum fmag_front_kind front;
	bool trims;
	uint64_t burst; /* frames */
	uint64_t cached[PRESSURE_IDLE + 1];
};

/* One CPU allocates PRESSURE_CARGO frames, another frees all but one. */
#define PRESSURE_CARGO 1000

struct pressure_oneway {
	enum fmag_front_kind front;
	size_t rounds;
	/* Frames from the HAL, at most: in the first tenth of rounds, in all. */
	uint64_t most_early, most;
};

/* PRESSURE_TRAFFIC: by 1000 operations. */
struct pressure_traffic {
	enum fmag_front_kind front;
	const char *workload;
	uint64_t operations;
	double depot_takes, depot_direct, hal_calls;
};

#define PRESSURE_MAX_HOLDERS   8
#define PRESSURE_MAX_WORKLOADS 8

struct pressure_findings {
	const struct machine *machine;
	const struct pressure_options *options;
	time_t started;

	struct pressure_full
		full[RUN_MAX_SUBJECTS * PRESSURE_MAX_THREAD_COUNTS];
	size_t full_count;
	struct pressure_taking taking[PRESSURE_FRONTS * PRESSURE_MAX_HOLDERS];
	size_t taking_count;
	struct pressure_burst bursts[2 * PRESSURE_FRONTS];
	size_t burst_count;
	struct pressure_idle idles[2 * PRESSURE_FRONTS];
	size_t idle_count;
	struct pressure_oneway oneways[PRESSURE_FRONTS];
	size_t oneway_count;
	struct pressure_traffic
		traffic[PRESSURE_FRONTS * PRESSURE_MAX_WORKLOADS];
	size_t traffic_count;
};

/* The fronts, in the order of the tables. */
extern const enum fmag_front_kind pressure_fronts[PRESSURE_FRONTS];

/* Of a million frames that were wanted and free, those that did not come. */
double pressure_per_million(const struct pressure_full *full);

void pressure_findings_close(struct pressure_findings *findings);

#endif
