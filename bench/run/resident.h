/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subject in a process of its own, from the run's start to its end. It sleeps
 * until it is asked for a burst, and answers with its time; a process that dies
 * fails the run.
 */
#ifndef BENCH_RUN_RESIDENT_H
#define BENCH_RUN_RESIDENT_H

#include "run/subjects.h"
#include "serve/protocol.h"

#include <sys/types.h>

enum resident_state {
	RESIDENT_THERE,
	RESIDENT_NOT_BUILT,
	RESIDENT_UNSUPPORTED, /* on this machine: no process */
};

struct resident {
	const struct run_subject_name *subject;
	enum resident_state state;
	pid_t process;
	int socket;
	struct run_hello hello;
};

/*
 * Starts `subjects`, one process each; bursts take about `burst_seconds`. All
 * functions here: false, after a message, where it failed.
 */
bool residents_start(struct resident *residents,
	const struct run_subject_name *const *subjects, size_t count,
	size_t frames, double burst_seconds);
bool residents_end(struct resident *residents, size_t count);

/* Their end after a failure: nothing is checked. */
void residents_abandon(struct resident *residents, size_t count);

/* Starts its threads, warms up, and finds out how long a burst must be. */
bool resident_begin(const struct resident *resident, enum run_workload workload,
	unsigned threads, bool fifo);

/* Their end; `*latency` is of calls that were timed by themselves. */
bool resident_finish(
	const struct resident *resident, struct run_latency *latency);

/*
 * One burst: nanoseconds an operation, or those of RUN_TAIL; `seed` as
 * gang_burst() has it. Latencies do not count in one that warms up.
 */
bool resident_burst(const struct resident *resident, uint64_t seed,
	bool warm_up, double *ns);

/*
 * The same of RUN_SCARCE: all frames but `spare` are kept from now on, and the
 * threads share those.
 */
bool resident_begin_scarce(
	const struct resident *resident, unsigned threads, size_t spare);
bool resident_scarce_burst(const struct resident *resident, uint64_t seed,
	struct run_scarcity *scarcity);

/*
 * Frames that one thread cannot have although nobody does, after all `threads`
 * had theirs. Of those that have an inventory.
 */
bool resident_stranded(
	const struct resident *resident, unsigned threads, size_t *frames);

#endif
