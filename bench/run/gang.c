/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/gang.h"

#include "clock.h"
#include "message.h"
#include "rng.h"
#include "run/workload.h"

#include <stdlib.h>
#include <string.h>

/* Of a burst: before frames are held, before the clock, after it, at the end. */
#define BARRIERS 4

static bool all_were_started(struct gang *gang)
{
	bool complete;

	pthread_mutex_lock(&gang->gate);
	complete = gang->complete;
	pthread_mutex_unlock(&gang->gate);
	return complete;
}

static bool any_failed(const struct gang *gang)
{
	bool failed = false;

	for (unsigned i = 0; i < gang->size; i++)
		failed |= atomic_load_explicit(
			&gang->members[i].burst.failed, memory_order_relaxed);
	return failed;
}

/*
 * A cache has edges: a burst at one costs more than others. So that no burst is
 * always there, or never, each begins with another number of frames out.
 */
static void run_burst(struct gang_member *member)
{
	struct gang *gang = member->gang;

	gang->loops->hold(&member->burst);
	pthread_barrier_wait(&gang->barrier);
	member->start = clock_seconds();
	if (!any_failed(gang))
		gang->loops->bursts[gang->workload](&member->burst);
	member->end = clock_seconds();
	pthread_barrier_wait(&gang->barrier);
	if (!any_failed(gang))
		gang->loops->release(&member->burst);
	pthread_barrier_wait(&gang->barrier);
}

/* The barriers order all of it: iterations before, times after. */
static void *member_main(void *argument)
{
	struct gang_member *member = argument;
	struct gang *gang = member->gang;

	if (!all_were_started(gang))
		return NULL;
	for (;;) {
		pthread_barrier_wait(&gang->barrier);
		if (gang->dismissed)
			return NULL;
		run_burst(member);
	}
}

/* False: more CPUs than a cpu_set_t holds; threads stay unbound. */
static bool choose_cpu(
	const cpu_set_t *allowed, unsigned number, cpu_set_t *own)
{
	unsigned seen = 0, wanted;

	if (CPU_COUNT(allowed) == 0)
		return false;
	wanted = number % (unsigned)CPU_COUNT(allowed);
	CPU_ZERO(own);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, allowed) && seen++ == wanted)
			CPU_SET(cpu, own);
	}
	return true;
}

static int start_member(struct gang *gang, const cpu_set_t *allowed)
{
	struct gang_member *member = &gang->members[gang->size];
	pthread_attr_t attributes;
	cpu_set_t own;
	int error;

	pthread_attr_init(&attributes);
	if (choose_cpu(allowed, gang->size, &own))
		pthread_attr_setaffinity_np(&attributes, sizeof(own), &own);
	error = pthread_create(
		&member->thread, &attributes, member_main, member);
	pthread_attr_destroy(&attributes);
	return error;
}

static int start_members(
	struct gang *gang, const cpu_set_t *allowed, unsigned size)
{
	int error = 0;

	pthread_mutex_lock(&gang->gate);
	while (gang->size < size && error == 0) {
		error = start_member(gang, allowed);
		gang->size += error == 0;
	}
	gang->complete = error == 0;
	pthread_mutex_unlock(&gang->gate);
	return error;
}

static void dismiss(struct gang *gang)
{
	for (unsigned i = 0; i < gang->size; i++)
		pthread_join(gang->members[i].thread, NULL);
	pthread_barrier_destroy(&gang->barrier);
	pthread_mutex_destroy(&gang->gate);
	free(gang->members);
}

static void shuffle(uint16_t *order, uint64_t seed)
{
	struct rng rng = { seed };

	for (size_t i = 0; i < RUN_BATCH; i++) {
		size_t other = rng_below(&rng, i + 1);

		order[i] = order[other];
		order[other] = (uint16_t)i;
	}
}

/* The same for all subjects. */
static void init_member(struct gang *gang, unsigned number, void *ctx)
{
	struct gang_member *member = &gang->members[number];

	memset(member, 0, sizeof(*member));
	member->gang = gang;
	member->burst.ctx = ctx;
	member->burst.thread = number;
	member->burst.ring = &gang->ring;
	shuffle(member->burst.order, number);
}

bool gang_start(struct gang *gang, const struct run_subject *subject, void *ctx,
	enum run_workload workload, unsigned threads)
{
	cpu_set_t allowed;
	int error;

	memset(gang, 0, sizeof(*gang));
	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	gang->workload = workload;
	gang->loops = &subject->loops;
	gang->cpus = (unsigned)CPU_COUNT(&allowed);
	/* A page: so that all subjects' lie alike. */
	gang->members = aligned_alloc(
		4096, (threads * sizeof(*gang->members) + 4095) / 4096 * 4096);
	if (gang->members == NULL) {
		message("no memory for %u threads", threads);
		return false;
	}
	for (unsigned i = 0; i < threads; i++)
		init_member(gang, i, ctx);
	pthread_mutex_init(&gang->gate, NULL);
	pthread_barrier_init(&gang->barrier, NULL, threads + 1);
	error = start_members(gang, &allowed, threads);
	if (error == 0)
		return true;
	message("%u threads: %s", threads, strerror(error));
	dismiss(gang);
	return false;
}

void gang_end(struct gang *gang)
{
	gang->dismissed = true;
	pthread_barrier_wait(&gang->barrier);
	dismiss(gang);
}

static double time_of_all(const struct gang *gang)
{
	double start = gang->members[0].start, end = gang->members[0].end;

	for (unsigned i = 1; i < gang->size; i++) {
		const struct gang_member *member = &gang->members[i];

		start = member->start < start ? member->start : start;
		end = member->end > end ? member->end : end;
	}
	return end - start;
}

static double mean_time(const struct gang *gang)
{
	double sum = 0;

	for (unsigned i = 0; i < gang->size; i++)
		sum += gang->members[i].end - gang->members[i].start;
	return sum / gang->size;
}

/* A thread's share of it, in seconds. */
static double time_of_one(const struct gang *gang)
{
	if (gang->workload == RUN_PRODCONS)
		return time_of_all(gang);
	if (gang->cpus != 0 && gang->size > gang->cpus)
		return time_of_all(gang) * gang->cpus / gang->size;
	return mean_time(gang);
}

double gang_burst(struct gang *gang, size_t iterations, uint64_t seed)
{
	double operations = (double)iterations *
		run_workload_kinds[gang->workload].operations;
	struct rng rng = { seed };

	for (unsigned i = 0; i < gang->size; i++) {
		struct run_burst *burst = &gang->members[i].burst;

		burst->iterations = iterations;
		burst->held_count = rng_below(&rng, RUN_MAX_HELD);
	}
	for (int i = 0; i < BARRIERS; i++)
		pthread_barrier_wait(&gang->barrier);
	if (any_failed(gang))
		return -1;
	return time_of_one(gang) * 1e9 / operations;
}
