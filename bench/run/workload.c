/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/workload.h"

/*
 * An operation is one frame allocated, or one frame freed. Of prodcons it is a
 * frame's whole way: allocated on one CPU, handed over, freed on another.
 */
const struct run_workload_kind run_workload_kinds[RUN_WORKLOADS] = {
	/* alloc, free */
	[RUN_PAIR] = { "pair", 2, 0, 1 },
	/* 512 allocs; as many frees, the last one first */
	[RUN_LIFO] = { "lifo512", 2 * RUN_BATCH, 0, 1 },
	/* 512 allocs; as many frees, in an order shuffled beforehand */
	[RUN_RANDOM] = { "random512", 2 * RUN_BATCH, 0, 1 },
	/* 32 frames by one call, and back by one */
	[RUN_BULKS] = { "bulk32", 2 * RUN_BULK, 0, 1 },
	/* Short: with either thread off its CPU, both stand still. */
	[RUN_PRODCONS] = { "prodcons", 1, 2, 8 },
};
