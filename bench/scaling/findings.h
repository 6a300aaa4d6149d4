/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was counted, and what follows from it.
 */
#ifndef BENCH_SCALING_FINDINGS_H
#define BENCH_SCALING_FINDINGS_H

#include "scaling/options.h"
#include "scaling/play.h"
#include "scaling/usl.h"

struct count {
	const struct scaling_front *front;
	struct play play;
	struct play_counts counts;
};

struct prediction {
	unsigned cpus;
	double throughput; /* operations a microsecond */
	double bound;
	double speedup; /* over one CPU without transfers */
};

/* Of one workload on one front; or of a list under a lock, for contrast. */
struct model {
	const char *allocator, *workload;
	double op_ns;
	/* Frames' lines cost nothing: the CPU has fetched them by then. */
	bool ahead;
	struct prediction points[SCALING_MAX_COUNTS];
	size_t point_count;
	struct usl law;
};

struct findings {
	const struct scaling_options *options;
	double line_ns;
	bool measured; /* here, by this program: the times */
	struct count *counts;
	size_t count_count;
	struct model *models;
	size_t model_count;
};

/* False, after a message. */
bool findings_count(struct findings *findings);
bool findings_predict(struct findings *findings);
void findings_free(struct findings *findings);

/* Of 1000 operations. */
double per_1000(const struct count *count, uint64_t events);

#endif
