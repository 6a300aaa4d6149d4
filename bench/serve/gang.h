/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gang: the threads that run one workload on the subject of this process,
 * each bound to a CPU, round-robin. They begin a burst together, at a barrier;
 * between bursts all of them sleep.
 */
#ifndef BENCH_SERVE_GANG_H
#define BENCH_SERVE_GANG_H

#include "serve/subject.h"

#include <pthread.h>

struct gang_member {
	_Alignas(128) struct run_burst burst;
	struct gang *gang;
	pthread_t thread;
	double start, end; /* seconds, of the last burst */
};

struct gang {
	enum run_workload workload;
	void *ctx; /* the subject's */
	unsigned size;
	unsigned cpus;
	struct gang_member *members;
	struct run_ring ring;
	fmag_hpa_t *all;           /* places for all frames, each thread */
	atomic_size_t left;        /* of RUN_SCARCE: frames nobody wants */
	atomic_bool over;          /* of RUN_BESIDE: thread 0 is done */
	pthread_mutex_t gate;      /* held until all threads were started */
	pthread_barrier_t barrier; /* the gang and who leads it */
	bool fifo;                 /* threads are SCHED_FIFO */
	bool complete;             /* false: go home before the barrier */
	bool dismissed;            /* go home */
};

/*
 * `fifo`: SCHED_FIFO where that is allowed, so that nothing else on the machine
 * comes between. False, after a message: no memory, or not so many threads to
 * be had.
 */
bool gang_start(struct gang *gang, void *ctx, enum run_workload workload,
	unsigned threads, bool fifo);
void gang_end(struct gang *gang);

/* Places for so many frames a thread, as RUN_FILL wants. False: no memory. */
bool gang_share_frames(struct gang *gang, size_t frames);

/*
 * One burst of `iterations` on each thread, which keeps some frames meanwhile,
 * how many is chosen by `seed`: nanoseconds an operation, the mean
 * of the threads. Where they outnumber the CPUs, or wait for each other
 * (prodcons), it is the time of all of it, a CPU. Negative: an allocation
 * failed.
 */
double gang_burst(struct gang *gang, size_t iterations, uint64_t seed);

/* Frames that a gang of RUN_SCARCE shares from now on. */
void gang_share_scarce(struct gang *gang, size_t frames);

/* Of the last burst: its length in seconds, from the first start on. */
double gang_seconds(const struct gang *gang);

#endif
