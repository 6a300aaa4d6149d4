/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long single calls took: all of them counted by the nanosecond, so that
 * percentiles are exact.
 */
#ifndef BENCH_SERVE_LATENCY_H
#define BENCH_SERVE_LATENCY_H

#include "serve/gang.h"
#include "serve/protocol.h"

/* Nanoseconds told apart; longer calls count as so long, but for the maximum. */
#define LATENCY_LONGEST 1000000

struct latency_counts {
	uint64_t calls;
	double max;
	uint32_t by_ns[LATENCY_LONGEST + 1];
};

struct latency_table {
	struct latency_counts alloc, free;
};

void latency_reset(struct latency_table *table);

/*
 * The calls of the gang's last burst, unless it only warmed up. Returns
 * RUN_TAIL of its allocs, the worst thread's; sorts them.
 */
double latency_add(
	struct latency_table *table, const struct gang *gang, bool warm_up);

struct run_latency latency_summary(const struct latency_table *table);

#endif
