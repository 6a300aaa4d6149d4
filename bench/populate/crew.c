/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/crew.h"

#include "support/clock.h"
#include "support/cpus.h"
#include "support/message.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool all_were_started(struct crew *crew)
{
	bool complete;

	pthread_mutex_lock(&crew->gate);
	complete = crew->complete;
	pthread_mutex_unlock(&crew->gate);
	return complete;
}

/* The barriers order all of it: host and stop before, tallies after. */
static void *member_main(void *argument)
{
	struct member *member = argument;
	struct crew *crew = member->crew;

	if (!all_were_started(crew))
		return NULL;
	for (;;) {
		pthread_barrier_wait(&crew->barrier);
		if (crew->host == NULL)
			return NULL;
		vcpu_run(&member->vcpu, crew->host, &crew->stop);
		pthread_barrier_wait(&crew->barrier);
	}
}

/*
 * Left to itself, the kernel may wake two threads on one CPU and let the other
 * idle for a slice; a spin lock then measures just that.
 */
static void bind_thread(pthread_t thread, unsigned number)
{
	cpu_set_t own;

	if (cpus_choose(number, &own))
		pthread_setaffinity_np(thread, sizeof(own), &own);
}

static int start_member(struct crew *crew, unsigned number)
{
	struct member *member = &crew->members[number];
	int error = pthread_create(&member->thread, NULL, member_main, member);

	if (error == 0 && !member->vcpu.shares_cpu)
		bind_thread(member->thread, number);
	return error;
}

static int start_members(struct crew *crew, unsigned size)
{
	int error = 0;

	pthread_mutex_lock(&crew->gate);
	while (crew->size < size && error == 0) {
		error = start_member(crew, crew->size);
		crew->size += error == 0;
	}
	crew->complete = error == 0;
	pthread_mutex_unlock(&crew->gate);
	return error;
}

static void dismiss(struct crew *crew)
{
	for (unsigned i = 0; i < crew->size; i++)
		pthread_join(crew->members[i].thread, NULL);
	pthread_barrier_destroy(&crew->barrier);
	pthread_mutex_destroy(&crew->gate);
	free(crew->members);
}

static void init_members(
	struct crew *crew, unsigned size, unsigned cpus, uint64_t seed)
{
	struct rng seeds = { seed };

	for (unsigned i = 0; i < size; i++) {
		crew->members[i] = (struct member){ .crew = crew };
		crew->members[i].vcpu.number = i;
		crew->members[i].vcpu.vcpus = size;
		crew->members[i].vcpu.shares_cpu = size > cpus;
		crew->members[i].vcpu.rng.state = rng_next(&seeds);
	}
}

bool crew_start(struct crew *crew, unsigned size, unsigned cpus, uint64_t seed)
{
	int error;

	*crew = (struct crew){ 0 };
	crew->members = aligned_alloc(VCPU_ALIGN, size * sizeof(struct member));
	if (crew->members == NULL) {
		message("no memory for %u threads", size);
		return false;
	}
	init_members(crew, size, cpus, seed);
	pthread_mutex_init(&crew->gate, NULL);
	pthread_barrier_init(&crew->barrier, NULL, size + 1);
	error = start_members(crew, size);
	if (error == 0)
		return true;
	message("%u threads: %s", size, strerror(error));
	dismiss(crew);
	return false;
}

void crew_end(struct crew *crew)
{
	crew->host = NULL;
	pthread_barrier_wait(&crew->barrier);
	dismiss(crew);
}

static void sleep_for(double seconds)
{
	struct timespec time = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	/* A signal that cuts it short ends the run, or shortens a slice. */
	nanosleep(&time, NULL);
}

static void add_laps(struct lap_sum *sum, const struct lap_sum *laps)
{
	sum->ticks += laps->ticks;
	sum->frames += laps->frames;
	sum->left_out += laps->left_out;
}

static void add_tally(struct tally *sum, const struct tally *tally)
{
	add_laps(&sum->alloc, &tally->alloc);
	add_laps(&sum->dealloc, &tally->dealloc);
	sum->touched += tally->touched;
	sum->calls += tally->calls;
	sum->none += tally->none;
	sum->restarts += tally->restarts;
}

double crew_work(
	struct crew *crew, struct host *host, double seconds, struct tally *sum)
{
	double start, end;

	crew->host = host;
	atomic_store_explicit(&crew->stop, false, memory_order_relaxed);
	start = clock_seconds();
	pthread_barrier_wait(&crew->barrier);
	sleep_for(seconds);
	atomic_store_explicit(&crew->stop, true, memory_order_relaxed);
	pthread_barrier_wait(&crew->barrier);
	end = clock_seconds();
	*sum = (struct tally){ 0 };
	for (unsigned i = 0; i < crew->size; i++)
		add_tally(sum, &crew->members[i].vcpu.tally);
	return end - start;
}
