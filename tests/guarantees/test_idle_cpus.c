/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G4 where nobody is left to help: every frame is parked on CPUs whose threads
 * have ended, or stand in a signal handler that never returns, and one thread
 * allocates them all.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"

#define MAX_THREADS 16
#define ROUNDS      16
#define EACH        (3 * ROUNDS / 2) /* one magazine and a half */
#define FRAMES      (MAX_THREADS * EACH)

static struct fixture fix;
static struct owners owners;
static pthread_barrier_t all_have_theirs;
static unsigned parked; /* threads that have given theirs back */

struct idler {
	pthread_t thread;
	uint32_t id; /* from 1 */
	unsigned cpu;
	bool stays; /* in a handler, for ever */
};

static struct idler idlers[MAX_THREADS];

static void run_on(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	cr_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void stay_for_ever(int signal)
{
	(void)signal;
	__atomic_fetch_add(&parked, 1, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

/* Takes its share; once everyone has, gives it back on its CPU. */
static void *park(void *arg)
{
	const struct idler *idler = arg;
	fmag_hpa_t frames[EACH];

	run_on(idler->cpu);
	for (size_t i = 0; i < EACH; i++) {
		frames[i] = fmag_alloc_frame(fix.cache);
		owners_take(&owners, frames[i], idler->id);
	}
	pthread_barrier_wait(&all_have_theirs);
	for (size_t i = 0; i < EACH; i++) {
		owners_give(&owners, frames[i], idler->id);
		fmag_dealloc_frame(fix.cache, frames[i]);
	}
	if (idler->stays)
		raise(SIGUSR1);
	__atomic_fetch_add(&parked, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* One a CPU that this process may run on; how many. */
static unsigned name_cpus(bool stay)
{
	unsigned count = 0;
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && count < MAX_THREADS;
		cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		idlers[count] = (struct idler){
			.id = count + 1, .cpu = cpu, .stays = stay
		};
		count++;
	}
	return count;
}

static void park_everything(unsigned count)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = stay_for_ever;
	sigaction(SIGUSR1, &action, NULL);
	pthread_barrier_init(&all_have_theirs, NULL, count);
	for (unsigned i = 0; i < count; i++)
		cr_assert_eq(pthread_create(
				     &idlers[i].thread, NULL, park, &idlers[i]),
			0);
	while (__atomic_load_n(&parked, __ATOMIC_ACQUIRE) < count)
		usleep(1000);
	for (unsigned i = 0; i < count && !idlers[i].stays; i++)
		pthread_join(idlers[i].thread, NULL);
}

static void make(enum fmag_front_kind front)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = front,
		.magazine_rounds = ROUNDS,
		.cpu_is_isolated = fixture_no_cpu,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};

	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
}

static size_t take_all(fmag_hpa_t *frames)
{
	size_t count = 0;

	while ((frames[count] = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		owners_take(&owners, frames[count++], MAX_THREADS + 1);
	return count;
}

static void have_what_is_parked(enum fmag_front_kind front, bool stay)
{
	fmag_hpa_t frames[FRAMES + 1];
	size_t cached, had;

	make(front);
	park_everything(name_cpus(stay));
	fix.hal.fail_all = true;
	run_on(idlers[0].cpu);
	cached = fixture_stats(&fix).frames_cached;
	cr_assert_gt(cached, 0);
	had = take_all(frames);
	cr_assert_eq(had, cached, "G4: %zu of %zu frames", had, cached);
	cr_assert_eq(fixture_stats(&fix).frames_cached, 0);
	cr_assert_eq(owners.doubles, 0, "G2");
	cr_assert_eq(fix.faults, 0);
	owners_fini(&owners);
	fixture_fini(&fix, had);
}

TEST_ON_EACH_FRONT(idle_cpus,
	g4_all_frames_parked_in_idle_cpus_whose_threads_have_ended,
	.timeout = 60)
{
	have_what_is_parked(front, false);
}

TEST_ON_EACH_FRONT(idle_cpus,
	g4_all_frames_parked_in_idle_cpus_whose_threads_never_return,
	.timeout = 60)
{
	have_what_is_parked(front, true);
}
