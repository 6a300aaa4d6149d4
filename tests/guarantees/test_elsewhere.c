/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G2 and G1 while the ground moves: threads that allocate and free are put on
 * other CPUs in the middle of it, and CPUs' magazines are taken out and put into
 * the depot by another thread, both as fast as that thread can.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache/cache.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define THREADS 3
#define CPUS    2
#define FRAMES  512
#define ROUNDS  4
#define HELD    12
#define BULK    6

/* That the threads go on for. */
#define MOVES     2000
#define ALL_MOVES 5000 /* with FMAG_TEST_ALL */

static struct fixture fix;
static struct owners owners;
static pthread_barrier_t start;
static uint64_t moves; /* of threads, or of magazines */
static uint64_t moves_wanted;

struct worker {
	pthread_t thread;
	pid_t tid;
	uint32_t id;
	uint64_t rng;
	fmag_hpa_t held[HELD];
};

static struct worker workers[THREADS];

static void give(struct worker *worker, fmag_hpa_t *frame)
{
	if (*frame == FMAG_HPA_NONE)
		return;
	owners_give(&owners, *frame, worker->id);
	fmag_dealloc_frame(fix.cache, *frame);
	*frame = FMAG_HPA_NONE;
}

static void take_and_give_many(struct worker *worker)
{
	fmag_hpa_t frames[BULK];
	size_t got = fmag_alloc_frames(fix.cache, frames, BULK);

	for (size_t i = 0; i < got; i++)
		owners_take(&owners, frames[i], worker->id);
	for (size_t i = 0; i < got; i++)
		owners_give(&owners, frames[i], worker->id);
	fmag_dealloc_frames(fix.cache, frames, got);
}

static bool is_over(void)
{
	return __atomic_load_n(&moves, __ATOMIC_RELAXED) >= moves_wanted;
}

static void moved(void)
{
	__atomic_fetch_add(&moves, 1, __ATOMIC_RELAXED);
}

static void churn(struct worker *worker)
{
	fmag_hpa_t *frame = &worker->held[rng_below(&worker->rng, HELD)];

	if (rng_below(&worker->rng, 16) == 0) {
		take_and_give_many(worker);
		return;
	}
	if (*frame != FMAG_HPA_NONE) {
		give(worker, frame);
		return;
	}
	*frame = fmag_alloc_frame(fix.cache);
	if (*frame != FMAG_HPA_NONE)
		owners_take(&owners, *frame, worker->id);
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	worker->tid = gettid();
	pthread_barrier_wait(&start);
	while (!is_over())
		churn(worker);
	for (size_t i = 0; i < HELD; i++)
		give(worker, &worker->held[i]);
	return NULL;
}

/* What disturbs them. */

static void migrate(uint64_t *rng)
{
	const struct worker *worker = &workers[rng_below(rng, THREADS)];
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(rng_below(rng, CPUS), &set);
	if (sched_setaffinity(worker->tid, sizeof(set), &set) == 0)
		moved();
}

static void take_a_magazine_out(uint64_t *rng)
{
	struct fmag_cache *cache = fix.cache;
	struct fmag_magazine *magazine;

	if (cache->front.ops->detach(&cache->front,
		    (unsigned)rng_below(rng, CPUS),
		    &magazine) != FMAG_FRONT_DONE ||
		magazine == NULL)
		return;
	fmag_depot_put(&cache->state->depot, 0, magazine);
	moved();
}

/* Any one, wherever it is. */
static void take_a_magazine_back(uint64_t *rng)
{
	struct fmag_cache *cache = fix.cache;
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine = fmag_depot_magazine(
		depot, (unsigned)rng_below(rng, depot->magazine_count));

	switch (cache->front.ops->take_back(&cache->front, magazine)) {
	case FMAG_FRONT_DONE:
		fmag_depot_put(depot, 0, magazine);
		moved();
		break;
	case FMAG_FRONT_FREED:
		moved();
		break;
	default:
		break;
	}
}

static void detach_and_take_back(uint64_t *rng)
{
	take_a_magazine_out(rng);
	take_a_magazine_back(rng);
}

static void *disturb(void *arg)
{
	void (*const *disturbance)(uint64_t * rng) = arg;
	uint64_t rng = 11;

	pthread_barrier_wait(&start);
	while (!is_over()) {
		(*disturbance)(&rng);
		/* It comes back over whoever runs then. */
		usleep(1);
	}
	return NULL;
}

static void run_threads(void (*disturbance)(uint64_t *rng))
{
	pthread_t disturber;

	moves_wanted = getenv("FMAG_TEST_ALL") != NULL ? ALL_MOVES : MOVES;
	pthread_barrier_init(&start, NULL, THREADS + 1);
	cr_assert_eq(
		pthread_create(&disturber, NULL, disturb, &disturbance), 0);
	for (uint32_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .id = i + 1, .rng = i };
		cr_assert_eq(pthread_create(&workers[i].thread, NULL, work,
				     &workers[i]),
			0);
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_join(disturber, NULL);
}

static void run(enum fmag_front_kind front, void (*disturbance)(uint64_t *rng))
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.cpu_count = CPUS,
		.magazine_rounds = ROUNDS,
		.magazine_count = 24,
		.front = front,
		.cpu_is_isolated = fixture_no_cpu,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};

	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	run_threads(disturbance);
	cr_assert_eq(owners.doubles, 0, "G2");
	cr_assert_eq(fix.faults, 0, "%s", fix.last_fault.message);
	cr_assert_eq(owners_count(&owners), 0);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_FRONT(elsewhere, g2_threads_that_are_migrated, .timeout = 120)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	if (!CPU_ISSET(0, &set) || !CPU_ISSET(CPUS - 1, &set))
		/* With one CPU there is none to migrate to. */
		cr_skip_test("these CPUs are not to be had");
	run(front, migrate);
}

TEST_ON_EACH_FRONT(elsewhere, g2_magazines_that_are_taken_out, .timeout = 120)
{
	run(front, detach_and_take_back);
}
