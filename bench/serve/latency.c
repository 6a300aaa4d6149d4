/* SPDX-License-Identifier: BSD-2-Clause */
#include "serve/latency.h"

#include "support/clock.h"

#include <stdlib.h>
#include <string.h>

#define TICK_PROBES 10000

void latency_reset(struct latency_table *table)
{
	memset(table, 0, sizeof(*table));
}

static double ns_of(uint64_t ticks)
{
	uint64_t overhead = clock_overhead();

	return clock_ns(ticks > overhead ? ticks - overhead : 0);
}

static void add(struct latency_counts *counts, uint64_t ticks)
{
	double ns = ns_of(ticks);

	counts->calls++;
	counts->max = ns > counts->max ? ns : counts->max;
	counts->by_ns[ns < LATENCY_LONGEST ? (size_t)(ns + 0.5)
					   : LATENCY_LONGEST]++;
}

static void add_calls(struct latency_table *table, const struct gang *gang)
{
	for (unsigned i = 0; i < gang->size; i++) {
		const struct run_burst *burst = &gang->members[i].burst;

		for (size_t j = 0; j < burst->timed; j++) {
			add(&table->alloc, burst->alloc_ticks[j]);
			add(&table->free, burst->free_ticks[j]);
		}
	}
}

static int by_ticks(const void *left, const void *right)
{
	uint64_t one = *(const uint64_t *)left,
		 other = *(const uint64_t *)right;

	return (one > other) - (one < other);
}

/* RUN_TAIL of a thread's allocs; it sorts them. */
static double tail_of(struct run_burst *burst)
{
	size_t wanted = (burst->timed * RUN_TAIL + 9999) / 10000;

	qsort(burst->alloc_ticks, burst->timed, sizeof(*burst->alloc_ticks),
		by_ticks);
	return ns_of(burst->alloc_ticks[wanted - 1]);
}

double latency_add(
	struct latency_table *table, const struct gang *gang, bool warm_up)
{
	double tail = 0;

	if (!warm_up)
		add_calls(table, gang);
	for (unsigned i = 0; i < gang->size; i++) {
		struct run_burst *burst = &gang->members[i].burst;
		double own = burst->timed > 0 ? tail_of(burst) : 0;

		tail = own > tail ? own : tail;
	}
	return tail;
}

/* The least that so many of 10000 calls do not exceed. */
static double percentile(const struct latency_counts *counts, unsigned of_10000)
{
	uint64_t wanted = (counts->calls * of_10000 + 9999) / 10000, seen = 0;
	size_t ns = 0;

	while (ns < LATENCY_LONGEST && (seen += counts->by_ns[ns]) < wanted)
		ns++;
	return (double)ns;
}

/*
 * The clock's step: reading it takes longer, so it is what two intervals between
 * readings differ by at least, if they do.
 */
static double tick(void)
{
	uint64_t smallest = UINT64_MAX, start = clock_stop(), last = 0;

	for (int i = 0; i < TICK_PROBES; i++) {
		uint64_t now = clock_stop(), interval = now - start;
		uint64_t more =
			interval > last ? interval - last : last - interval;

		if (last != 0 && more != 0 && more < smallest)
			smallest = more;
		start = now;
		last = interval;
	}
	return clock_ns(smallest);
}

struct run_latency latency_summary(const struct latency_table *table)
{
	static const unsigned percentiles[] = RUN_PERCENTILES_;
	struct run_latency summary = {
		.alloc_max = table->alloc.max,
		.free_max = table->free.max,
		.tick = tick(),
		.calls = table->alloc.calls,
	};

	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		summary.alloc[i] = percentile(&table->alloc, percentiles[i]);
		summary.free[i] = percentile(&table->free, percentiles[i]);
	}
	return summary;
}
