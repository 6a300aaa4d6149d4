/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_SCALING_OPTIONS_H
#define BENCH_SCALING_OPTIONS_H

#include "scaling/player.h"

#define SCALING_PROGRAM "fmag-bench scaling"

#define SCALING_FRONTS     3
#define SCALING_MAX_COUNTS 32

struct scaling_front {
	enum fmag_front_kind kind;
	const char *name;
	const char *subject; /* the program of `fmag-bench run` */
};

extern const struct scaling_front scaling_fronts[SCALING_FRONTS];

struct scaling_options {
	bool fronts[SCALING_FRONTS];
	bool workloads[PLAYER_WORKLOADS];
	unsigned cpus[SCALING_MAX_COUNTS];
	size_t cpus_count;
	unsigned threads[SCALING_MAX_COUNTS];
	size_t threads_count;
	unsigned turn;
	uint64_t seed;
	double op_ns, line_ns; /* 0: to be measured */
	const char *json, *chart, *fit;
};

/* Ends the program where they are wrong. */
struct scaling_options scaling_options_parse(int argc, char **argv);

#endif
