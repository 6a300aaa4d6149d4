/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subject in a process of its own, from the run's start to its end. It sleeps
 * until it is asked for a burst, and answers with its time; a process that dies
 * fails the run.
 */
#ifndef BENCH_RUN_RESIDENT_H
#define BENCH_RUN_RESIDENT_H

#include "run/run_subject.h"

#include <sys/types.h>

struct resident {
	const struct run_subject *subject;
	pid_t process;
	int socket;
	bool unsupported; /* on this machine: no process */
};

/*
 * Starts `subjects`, one process each; bursts take about `burst_seconds`.
 * Before any other thread. All functions here: false, after a message, where it
 * failed.
 */
bool residents_start(struct resident *residents,
	const struct run_subject *const *subjects, size_t count, size_t frames,
	double burst_seconds);
bool residents_end(struct resident *residents, size_t count);

/* Their end after a failure: nothing is checked. */
void residents_abandon(struct resident *residents, size_t count);

/* Starts its threads, warms up, and finds out how long a burst must be. */
bool resident_begin(const struct resident *resident, enum run_workload workload,
	unsigned threads);
/* Their end. */
bool resident_finish(const struct resident *resident);

/* One burst: nanoseconds an operation; `seed` as gang_burst() has it. */
bool resident_burst(const struct resident *resident, uint64_t seed, double *ns);

#endif
