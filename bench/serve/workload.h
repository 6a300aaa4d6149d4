/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The workloads of `fmag-bench run`: what they are called, and what counts as an
 * operation. serve/loops.h has their code.
 */
#ifndef BENCH_SERVE_WORKLOAD_H
#define BENCH_SERVE_WORKLOAD_H

#include <stdbool.h>

/* Frames that a thread has out at most, and that a bulk call takes. */
#define RUN_GUEST 4096
#define RUN_BATCH 512
#define RUN_BULK  32

/* Calls that a burst times at most, where each is timed by itself. */
#define RUN_MAX_TIMED 16384

/* Pages of a guest that faults: more memory than a CPU's caches hold. */
#define RUN_PAGES RUN_MAX_TIMED

/* Frames that a thread keeps during a burst, less than that. */
#define RUN_MAX_HELD 1024

/* Of so many frames of `imbalance`, one is freed where it was allocated. */
#define RUN_IMBALANCE_OF 1000

/* serve/workload.c says what each is. */
enum run_workload {
	RUN_PAIR,
	RUN_LIFO,
	RUN_RANDOM,
	RUN_BULKS,
	RUN_TOUCHED,
	RUN_ZEROED,
	RUN_GUESTS,
	RUN_PRODCONS,
	RUN_PRODCONS_BULK,
	RUN_IMBALANCE,
	RUN_LATENCY,
	RUN_READY,
	RUN_SCRUBBED,
	RUN_RETIRED,
	RUN_SETTLED,
	RUN_FAULTS,
	RUN_TOUCHED_FAULTS,
	RUN_BESIDE,
	/* Those that users choose from; below are the rest. */
	RUN_WORKLOADS,
	RUN_FILL = RUN_WORKLOADS,
	RUN_EXHAUST,
	RUN_KEEP,
	RUN_DROP,
	RUN_SCARCE,
	RUN_LOOPS_COUNT,
};

struct run_workload_kind {
	const char *name;
	unsigned operations; /* in an iteration */
	unsigned threads;    /* that it is for; 0: any number */
	unsigned frames;     /* that a thread has out at most */
	unsigned shorter;    /* its bursts are, so many times; 0: not */
	bool shared;    /* its threads hand over cache lines to each other */
	bool cpu_each;  /* not with more threads than CPUs */
	unsigned calls; /* timed by themselves in a burst; 0: none is */
	bool pieces;    /* a part of each iteration is timed */
	bool asked_for; /* in no run that does not name it */
};

extern const struct run_workload_kind run_workload_kinds[RUN_LOOPS_COUNT];

/* The workload of that name, or RUN_WORKLOADS. */
enum run_workload run_workload_by_name(const char *name);

#endif
