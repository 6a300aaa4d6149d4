/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G2 and G4 where there is one frame for many: whoever is given it has it
 * alone, whoever is not is told so and goes on, and when all have stopped it is
 * there, from any CPU.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"

#define THREADS 32

/* Each search of the others, and the interrupts it makes, take their time. */
#ifdef FMAG_TSAN_SHIM
#define TRIES 100
#else
#define TRIES 10000
#endif

static struct fixture fix;
static struct owners owners;
static pthread_barrier_t started;

struct rival {
	pthread_t thread;
	uint32_t id; /* from 1 */
	unsigned had;
};

static struct rival rivals[THREADS];

static unsigned cpus_here(void)
{
	cpu_set_t all;

	sched_getaffinity(0, sizeof(all), &all);
	return (unsigned)CPU_COUNT(&all);
}

/* The n-th of those that this process may run on, counted round and round. */
static void run_on(unsigned n)
{
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	n %= (unsigned)CPU_COUNT(&all);
	CPU_ZERO(&one);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &all) && n-- == 0)
			CPU_SET(cpu, &one);
	}
	cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
}

static void *compete(void *arg)
{
	struct rival *rival = arg;

	run_on(rival->id);
	pthread_barrier_wait(&started);
	for (unsigned i = 0; i < TRIES; i++) {
		fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

		if (frame != FMAG_HPA_NONE)
			owners_take(&owners, frame, rival->id);
		/* Now and then others meet one who has it. */
		if (frame == FMAG_HPA_NONE || i % 4 == 0)
			sched_yield();
		if (frame == FMAG_HPA_NONE)
			continue;
		rival->had++;
		owners_give(&owners, frame, rival->id);
		fmag_dealloc_frame(fix.cache, frame);
	}
	return NULL;
}

static unsigned run_rivals(void)
{
	unsigned had = 0;

	pthread_barrier_init(&started, NULL, THREADS);
	for (uint32_t i = 0; i < THREADS; i++) {
		rivals[i] = (struct rival){ .id = i + 1 };
		cr_assert_eq(pthread_create(&rivals[i].thread, NULL, compete,
				     &rivals[i]),
			0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(rivals[i].thread, NULL);
		had += rivals[i].had;
	}
	return had;
}

/* It is on some CPU; a thread on each CPU has it there. */
static void *have_it(void *arg)
{
	const struct rival *rival = arg;
	fmag_hpa_t frame;

	run_on(rival->id);
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_neq(frame, FMAG_HPA_NONE, "G4");
	fmag_dealloc_frame(fix.cache, frame);
	return NULL;
}

static void have_it_on_every_cpu(void)
{
	for (unsigned i = 0; i < THREADS; i++) {
		cr_assert_eq(pthread_create(&rivals[i].thread, NULL, have_it,
				     &rivals[i]),
			0);
		pthread_join(rivals[i].thread, NULL);
	}
}

TEST_ON_EACH_FRONT(
	last_frame, g2_g4_one_frame_for_many_has_one_owner, .timeout = 120)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = front,
		.cpu_is_isolated = fixture_no_cpu,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};

	fixture_init(&fix, fixture_hal_options(1), &config);
	owners_init(&owners, &fix.hal);
	cr_assert_geq(run_rivals(), 1);
	cr_assert_eq(owners.doubles, 0, "G2");
	cr_assert_eq(owners_count(&owners), 0);
	have_it_on_every_cpu();
	if (cpus_here() > 1)
		cr_assert_gt(fixture_stats(&fix).reclaims, 0, "it went round");
	cr_assert_eq(fix.faults, 0);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}
