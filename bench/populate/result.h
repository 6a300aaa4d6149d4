/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run found: sections (by number of vCPUs) of results (by allocator) of
 * rounds. Filled in by populate.c, read by the report, the JSON and the chart.
 */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include "allocators/allocator.h"
#include "populate/vcpu.h"
#include "support/statistics.h"

/* One slice of one allocator. */
struct round {
	double seconds;
	struct tally tally;
	uint64_t hal_calls;
};

struct result {
	const char *allocator;
	bool is_cache;
	bool left_out; /* it spins, and threads outnumber CPUs */

	struct round *rounds;
	size_t round_count;

	/* from the rounds, by result_summarise() */
	double frames_per_s;
	struct median alloc_ns, free_ns, frame_ns; /* the last: both together */
	double alloc_ns_min;
	uint64_t frames; /* allocated, touched and mapped */
	uint64_t hal_calls;
	uint64_t none;
	uint64_t restarts;
	uint64_t left_out_frames; /* not timed: preempted meanwhile */

	size_t frames_cached; /* when the last round was over */
};

struct headline {
	const char *best_baseline; /* NULL: too little time to tell */
	struct median ratio;       /* its ns a frame over the cache's */
};

struct section {
	unsigned vcpus;
	struct result results[ALLOCATOR_COUNT]; /* as in allocator_kinds */
	struct headline headline;
};

/* False: no memory. */
bool section_open(struct section *section, unsigned vcpus, size_t rounds);
void section_close(struct section *section);

/* Fills in what follows from the rounds. False: no memory. */
bool section_summarise(struct section *section);

/* Nanoseconds a frame, or a negative number if none was timed. */
double round_alloc_ns(const struct round *round);
double round_free_ns(const struct round *round);
double round_frame_ns(const struct round *round);

/* HAL calls for each 1000 frames that were allocated. */
double result_hal_calls_per_1000(const struct result *result);

#endif
