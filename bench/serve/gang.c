/* SPDX-License-Identifier: BSD-2-Clause */
#include "serve/gang.h"

#include "support/clock.h"
#include "support/cpus.h"
#include "support/message.h"
#include "support/rng.h"

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

static void run_loop_of(struct gang_member *member)
{
	if (!any_failed(member->gang))
		run_subject.loops.bursts[member->gang->workload](
			&member->burst);
}

/*
 * An iteration that is not timed: the other processes have displaced from the
 * CPU's caches what the last turn left there. Not where threads work together.
 */
static void warm_up(struct gang_member *member)
{
	enum run_workload workload = member->gang->workload;
	size_t iterations = member->burst.iterations;

	if (workload >= RUN_WORKLOADS || run_workload_kinds[workload].shared ||
		workload == RUN_BESIDE)
		return;
	member->burst.iterations = 1;
	run_loop_of(member);
	member->burst.iterations = iterations;
}

/* Where a part of each iteration is timed: as if there had been nothing else. */
static double end_of(const struct gang_member *member)
{
	return run_workload_kinds[member->gang->workload].pieces
		? member->start + clock_ns(member->burst.ticks) * 1e-9
		: clock_seconds();
}

/*
 * A cache has edges: a burst at one costs more than others. So that no burst is
 * always there, or never, each begins with another number of frames out.
 */
static void run_burst(struct gang_member *member)
{
	struct gang *gang = member->gang;

	run_subject.loops.hold(&member->burst);
	warm_up(member);
	member->burst.ticks = 0;
	pthread_barrier_wait(&gang->barrier);
	member->start = clock_seconds();
	run_loop_of(member);
	member->end = end_of(member);
	pthread_barrier_wait(&gang->barrier);
	if (!any_failed(gang))
		run_subject.loops.release(&member->burst);
	pthread_barrier_wait(&gang->barrier);
}

static bool enter(struct gang_member *member)
{
	bool entered = run_subject.enter == NULL ||
		run_subject.enter(member->gang->ctx, member->burst.thread);

	if (!entered)
		atomic_store_explicit(
			&member->burst.failed, true, memory_order_relaxed);
	return entered;
}

/* The barriers order all of it: iterations before, times after. */
static void *member_main(void *argument)
{
	struct gang_member *member = argument;
	struct gang *gang = member->gang;
	bool entered;

	if (!all_were_started(gang))
		return NULL;
	entered = enter(member);
	pthread_barrier_wait(&gang->barrier);
	while (!gang->dismissed) {
		run_burst(member);
		pthread_barrier_wait(&gang->barrier);
	}
	if (entered && run_subject.leave != NULL)
		run_subject.leave(gang->ctx);
	return NULL;
}

static void ask_for_fifo(pthread_attr_t *attributes)
{
	const struct sched_param parameters = {
		.sched_priority = sched_get_priority_min(SCHED_FIFO),
	};

	pthread_attr_setinheritsched(attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(attributes, SCHED_FIFO);
	pthread_attr_setschedparam(attributes, &parameters);
}

static int start_member(struct gang *gang)
{
	struct gang_member *member = &gang->members[gang->size];
	pthread_attr_t attributes;
	cpu_set_t own;
	int error;

	pthread_attr_init(&attributes);
	if (cpus_choose(gang->size, &own))
		pthread_attr_setaffinity_np(&attributes, sizeof(own), &own);
	if (gang->fifo)
		ask_for_fifo(&attributes);
	error = pthread_create(
		&member->thread, &attributes, member_main, member);
	pthread_attr_destroy(&attributes);
	return error;
}

static int start_members(struct gang *gang, unsigned size)
{
	int error = 0;

	pthread_mutex_lock(&gang->gate);
	while (gang->size < size && error == 0) {
		error = start_member(gang);
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
	free(gang->all);
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
static void init_member(struct gang *gang, unsigned number)
{
	struct gang_member *member = &gang->members[number];

	memset(member, 0, sizeof(*member));
	member->gang = gang;
	member->burst.ctx = gang->ctx;
	member->burst.thread = number;
	member->burst.ring = &gang->ring;
	member->burst.over = &gang->over;
	shuffle(member->burst.order, number);
}

/* False: no memory. */
static bool init_members(struct gang *gang, unsigned threads)
{
	/* A page: so that all subjects' lie alike. */
	gang->members = aligned_alloc(
		4096, (threads * sizeof(*gang->members) + 4095) / 4096 * 4096);
	if (gang->members == NULL)
		return false;
	for (unsigned i = 0; i < threads; i++)
		init_member(gang, i);
	return true;
}

bool gang_start(struct gang *gang, void *ctx, enum run_workload workload,
	unsigned threads, bool fifo)
{
	int error;

	memset(gang, 0, sizeof(*gang));
	gang->workload = workload;
	gang->ctx = ctx;
	gang->cpus = cpus_count();
	gang->fifo = fifo;
	if (!init_members(gang, threads)) {
		message("no memory for %u threads", threads);
		return false;
	}
	pthread_mutex_init(&gang->gate, NULL);
	pthread_barrier_init(&gang->barrier, NULL, threads + 1);
	error = start_members(gang, threads);
	if (error == 0)
		return true;
	message("%u threads: %s", threads, strerror(error));
	dismiss(gang);
	return false;
}

bool gang_share_frames(struct gang *gang, size_t frames)
{
	gang->all = calloc(frames * gang->size, sizeof(*gang->all));
	for (unsigned i = 0; gang->all != NULL && i < gang->size; i++)
		gang->members[i].burst.all = gang->all + i * frames;
	return gang->all != NULL;
}

void gang_share_scarce(struct gang *gang, size_t frames)
{
	atomic_init(&gang->left, frames);
	for (unsigned i = 0; i < gang->size; i++) {
		struct run_burst *burst = &gang->members[i].burst;

		burst->left = &gang->left;
		burst->most = frames < RUN_GUEST ? frames : RUN_GUEST;
	}
}

void gang_end(struct gang *gang)
{
	gang->dismissed = true;
	pthread_barrier_wait(&gang->barrier);
	dismiss(gang);
}

double gang_seconds(const struct gang *gang)
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
	if (run_workload_kinds[gang->workload].shared)
		return gang_seconds(gang);
	if (gang->size > gang->cpus)
		return gang_seconds(gang) * gang->cpus / gang->size;
	return mean_time(gang);
}

/*
 * For faults there is an idle loop before a guest's start: as many clean frames as
 * all threads take, and what CPUs keep to themselves.
 */
static size_t frames_ready(const struct gang *gang)
{
	const struct run_workload_kind *kind =
		&run_workload_kinds[gang->workload];

	return kind->calls != 0 && kind->asked_for
		? gang->size * ((size_t)kind->frames + 2 * RUN_MAX_HELD)
		: 0;
}

double gang_burst(struct gang *gang, size_t iterations, uint64_t seed)
{
	double operations = (double)iterations *
		run_workload_kinds[gang->workload].operations;
	struct rng rng = { seed };

	atomic_store_explicit(&gang->over, false, memory_order_relaxed);
	for (unsigned i = 0; i < gang->size; i++) {
		struct run_burst *burst = &gang->members[i].burst;

		burst->iterations = iterations;
		burst->ready = frames_ready(gang);
		burst->seed = seed + i;
		burst->held_count = gang->workload < RUN_WORKLOADS
			? rng_below(&rng, RUN_MAX_HELD)
			: 0;
	}
	for (int i = 0; i < BARRIERS; i++)
		pthread_barrier_wait(&gang->barrier);
	if (any_failed(gang))
		return -1;
	return time_of_one(gang) * 1e9 / operations;
}
