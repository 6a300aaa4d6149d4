/* SPDX-License-Identifier: BSD-2-Clause */
#include "serve/workload.h"

#include "serve/ring.h"

#include <string.h>

/*
 * An operation is one frame allocated, or one frame freed. Of prodcons and
 * imbalance it is a frame's whole way: allocated on one CPU, handed over, freed
 * on another. Those are short: with either thread off its CPU, both stand still.
 */
#define SHARED                                                                \
	.threads = 2, .frames = RUN_RING_PLACES + 2 * RUN_BULK, .shorter = 8, \
	.shared = true, .cpu_each = true

/* What lies between the parts that count takes longer than they do. */
#define PIECES \
	.frames = RUN_BATCH, .cpu_each = true, .pieces = true, .asked_for = true

#define FAULTS                                                  \
	.operations = 2, .frames = RUN_PAGES, .cpu_each = true, \
	.calls = RUN_PAGES, .asked_for = true

const struct run_workload_kind run_workload_kinds[RUN_LOOPS_COUNT] = {
	/* alloc, free */
	[RUN_PAIR] = { .name = "pair", .operations = 2, .frames = 1 },
	/* 512 allocs; as many frees, the last one first */
	[RUN_LIFO] = { .name = "lifo512",
		.operations = 2 * RUN_BATCH,
		.frames = RUN_BATCH },
	/* 512 allocs; as many frees, in an order shuffled beforehand */
	[RUN_RANDOM] = { .name = "random512",
		.operations = 2 * RUN_BATCH,
		.frames = RUN_BATCH },
	/* 32 frames by one call, and back by one */
	[RUN_BULKS] = { .name = "bulk32",
		.operations = 2 * RUN_BULK,
		.frames = RUN_BULK },
	/* lifo512, with a cache line of each frame written in between */
	[RUN_TOUCHED] = { .name = "touched512",
		.operations = 2 * RUN_BATCH,
		.frames = RUN_BATCH },
	/* a frame full of zeros; free */
	[RUN_ZEROED] = { .name = "zeroed", .operations = 2, .frames = 1 },
	/* 4096 allocs, as a guest is populated; frees from its first page on */
	[RUN_GUESTS] = { .name = "guest4096",
		.operations = 2 * RUN_GUEST,
		.frames = RUN_GUEST,
		.cpu_each = true },
	/* alloc on one CPU, free on another */
	[RUN_PRODCONS] = { .name = "prodcons", .operations = 1, SHARED },
	/* the same, 32 frames at a time */
	[RUN_PRODCONS_BULK] = { .name = "prodcons32",
		.operations = RUN_BULK,
		SHARED },
	/* 1000 allocs on one CPU, one freed there, 999 on another */
	[RUN_IMBALANCE] = { .name = "imbalance",
		.operations = RUN_IMBALANCE_OF,
		SHARED },
	/* pairs, where each call is timed by itself */
	[RUN_LATENCY] = { .name = "latency",
		.operations = 2,
		.frames = 1,
		.calls = 4096 },
	/* 512 allocs of frames full of zeros, which were made ready before */
	[RUN_READY] = { .name = "ready512",
		.operations = RUN_BATCH,
		PIECES,
		.shorter = 50 },
	/* 512 free frames made full of zeros */
	[RUN_SCRUBBED] = { .name = "scrub512",
		.operations = RUN_BATCH,
		PIECES },
	/* 512 frames given back when nobody looks at them any more */
	[RUN_RETIRED] = { .name = "retire512",
		.operations = RUN_BATCH,
		PIECES,
		.shorter = 50 },
	/* the same, and what brings them back */
	[RUN_SETTLED] = { .name = "settled512",
		.operations = RUN_BATCH,
		PIECES,
		.shorter = 10 },
	/* a guest's 16384 pages, a fault each; its teardown */
	[RUN_FAULTS] = { .name = "faults", FAULTS },
	/* the same, each with the guest's first read */
	[RUN_TOUCHED_FAULTS] = { .name = "faultstouched", FAULTS },
	/* faults, and another CPU at something else */
	[RUN_BESIDE] = { .name = "beside", .threads = 2, FAULTS },
	/* all the frames there are, out and back; on one thread */
	[RUN_FILL] = { .name = "fill", .operations = 2 },
	[RUN_EXHAUST] = { .name = "exhaust", .operations = 2 },
	/* some of them out, and back in another burst; on one thread */
	[RUN_KEEP] = { .name = "keep", .operations = 1 },
	[RUN_DROP] = { .name = "drop", .operations = 1 },
	/* batches of the few that are left, for so many microseconds */
	[RUN_SCARCE] = { .name = "scarce", .operations = 2 },
};

#undef FAULTS
#undef PIECES
#undef SHARED

enum run_workload run_workload_by_name(const char *name)
{
	unsigned i = 0;

	while (i < RUN_WORKLOADS &&
		strcmp(run_workload_kinds[i].name, name) != 0)
		i++;
	return (enum run_workload)i;
}
