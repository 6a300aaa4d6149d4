/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How often operations get to the depot, and to the HAL, by the cache's own
 * statistics, on a pool that has enough.
 */
#include "pressure/parts.h"

#include "support/interrupt.h"

/* Operations that are counted, about; as many warm up. */
#define OPERATIONS 400000

struct workload {
	const char *name; /* as run has it */
	size_t frames;    /* of an iteration */
	size_t stay;      /* that are freed where they were allocated */
};

static const struct workload workloads[] = {
	{ "pair", 1, 1 },
	{ "lifo512", 512, 512 },
	{ "guest4096", 4096, 4096 },
	{ "prodcons32", 32, 0 },
	{ "imbalance", 1000, 1 },
};

#define WORKLOADS (sizeof(workloads) / sizeof(*workloads))

_Static_assert(WORKLOADS <= PRESSURE_MAX_WORKLOADS, "a result each");

static bool is_shared(const struct workload *workload)
{
	return workload->stay < workload->frames;
}

/* Of those that hand frames over, a frame's whole way is one operation. */
static size_t operations(const struct workload *workload)
{
	return is_shared(workload) ? workload->frames : 2 * workload->frames;
}

static void iterate(struct world *world, const struct workload *workload)
{
	if (is_shared(workload))
		world_be(world, 0);
	world_alloc_many(world, workload->frames);
	world_free_many(world,
		workload->stay < world->count ? workload->stay : world->count);
	if (!is_shared(workload))
		return;
	world_be(world, 1);
	world_free_many(world, world->count);
}

static uint64_t play(struct world *world, const struct workload *workload)
{
	size_t iterations = OPERATIONS / operations(workload);

	world_be(world, 0);
	for (size_t i = 0; i < iterations; i++)
		iterate(world, workload);
	return iterations * operations(workload);
}

static double per_1000(uint64_t before, uint64_t after, uint64_t operations)
{
	return 1e3 * (double)(after - before) / (double)operations;
}

static void count(struct world *world, const struct workload *workload,
	struct pressure_traffic *result)
{
	struct world_counts before, after;
	uint64_t done;

	play(world, workload);
	before = world_counts(world);
	done = play(world, workload);
	after = world_counts(world);
	result->workload = workload->name;
	result->operations = done;
	result->depot_takes =
		per_1000(before.depot_takes, after.depot_takes, done);
	result->depot_direct =
		per_1000(before.depot_direct, after.depot_direct, done);
	result->hal_calls = per_1000(before.hal_calls, after.hal_calls, done);
}

/* False: after a message; a front that is not there has no result. */
static bool find(struct pressure_findings *findings, enum fmag_front_kind front,
	const struct workload *workload)
{
	unsigned cpus = is_shared(workload) ? 2 : 1;
	struct world world;
	enum fmag_status status;

	if (interrupted())
		return false;
	if (world_most_cpus(front) < cpus)
		return true;
	status = world_open(&world, front, cpus, findings->options->frames);
	if (status != FMAG_OK)
		return status == FMAG_ERR_UNSUPPORTED;
	findings->traffic[findings->traffic_count].front = front;
	count(&world, workload, &findings->traffic[findings->traffic_count++]);
	return world_close(&world);
}

bool pressure_traffic(struct pressure_findings *findings)
{
	for (size_t i = 0; i < WORKLOADS; i++) {
		for (size_t j = 0; j < PRESSURE_FRONTS; j++) {
			if (!find(findings, pressure_fronts[j], &workloads[i]))
				return false;
		}
	}
	return true;
}
