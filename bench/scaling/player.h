/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CPU's part of a workload, call by call, so that its turn can end after any.
 * What the workloads are says serve/workload.c. Here an operation is one frame
 * allocated or one freed in all of them, in prodcons and imbalance too.
 */
#ifndef BENCH_SCALING_PLAYER_H
#define BENCH_SCALING_PLAYER_H

#include "serve/ring.h"
#include "serve/workload.h"
#include "support/rng.h"

#include <fmag/cache.h>

#include <stdbool.h>

/* Those that can be played, in the order in which they are told. */
#define PLAYER_WORKLOADS 7
extern const enum run_workload player_workloads[PLAYER_WORKLOADS];

struct player {
	enum run_workload workload;
	bool consumes;         /* the other half of a pair of CPUs */
	size_t at;             /* the place in its cycle */
	size_t number;         /* frames through the ring */
	struct run_ring *ring; /* the pair's */
	struct rng rng;
	size_t out; /* frames that it has out, none of them in the ring */
	uint16_t order[RUN_BATCH];
	fmag_hpa_t frames[RUN_GUEST];
};

/* A workload is for pairs of CPUs, or for each of them alone. */
bool player_in_pairs(enum run_workload workload);

/* Operations until it is where it was, or 0: it has no cycle. */
size_t player_cycle(enum run_workload workload);

void player_init(struct player *player, enum run_workload workload,
	unsigned cpu, struct run_ring *ring, uint64_t seed);

/*
 * One call. How many operations it was: 0 where the other CPU of the pair is to
 * do something first, or, with out_of_frames set, there was no frame.
 */
size_t player_step(
	struct player *player, struct fmag_cache *cache, bool *out_of_frames);

#endif
