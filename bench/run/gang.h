/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gang: the threads that run one workload on the subject of this process,
 * each bound to a CPU, round-robin. They begin a burst together, at a barrier;
 * between bursts all of them sleep.
 */
#ifndef BENCH_RUN_GANG_H
#define BENCH_RUN_GANG_H

#include "run/run_subject.h"

#include <pthread.h>

struct gang_member {
	_Alignas(128) struct run_burst burst;
	struct gang *gang;
	pthread_t thread;
	double start, end; /* seconds, of the last burst */
};

struct gang {
	enum run_workload workload;
	const struct run_loops *loops;
	unsigned size;
	unsigned cpus;
	struct gang_member *members;
	struct run_ring ring;
	pthread_mutex_t gate;      /* held until all threads were started */
	pthread_barrier_t barrier; /* the gang and who leads it */
	bool complete;             /* false: go home before the barrier */
	bool dismissed;            /* go home */
};

/* False, after a message: no memory, or not so many threads to be had. */
bool gang_start(struct gang *gang, const struct run_subject *subject, void *ctx,
	enum run_workload workload, unsigned threads);
void gang_end(struct gang *gang);

/*
 * One burst of `iterations` on each thread, which keeps some frames meanwhile,
 * how many is chosen by `seed`: nanoseconds an operation, the mean
 * of the threads. Where they outnumber the CPUs, or wait for each other
 * (prodcons), it is the time of all of it, a CPU. Negative: an allocation
 * failed.
 */
double gang_burst(struct gang *gang, size_t iterations, uint64_t seed);

#endif
