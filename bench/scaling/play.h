/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A workload on so many CPUs, and what was counted.
 *
 * Played: one thread plays all CPUs, round and round, each for a random number
 * of calls; each begins somewhere in its cycle. A call is never interrupted by
 * another CPU's. The same seed gives the same counts, on any machine.
 *
 * With threads: each plays one CPU, and the machine interleaves them as it will.
 */
#ifndef BENCH_SCALING_PLAY_H
#define BENCH_SCALING_PLAY_H

#include "scaling/counted/watch.h"
#include "serve/workload.h"

#include <fmag/cache.h>

#define PLAY_MAX_CPUS 4096

/*
 * Lines that are told apart: those most often transferred; but those of frames,
 * which go from one CPU to one other with their magazine.
 */
#define PLAY_LINES 64

struct play {
	enum fmag_front_kind front;
	enum run_workload workload;
	unsigned cpus;
	bool threads;
	unsigned turn; /* calls, the mean */
	uint64_t seed;
};

struct play_counts {
	uint64_t operations;
	struct watch_counts seen;
	/* Transfers of each, the most first; where the first one lies. */
	uint64_t hottest[PLAY_LINES];
	enum place hottest_place;
	/* Of struct fmag_cache_stats. */
	uint64_t depot_takes, depot_direct, hal_calls;
};

/* False, after a message. */
bool play(const struct play *play, struct play_counts *counts);

/* All kinds, all places. */
uint64_t play_transfers(const struct play_counts *counts);

#endif
