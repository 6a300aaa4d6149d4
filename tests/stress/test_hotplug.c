/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs that are taken offline and come back, again and again: one thread drains
 * each in turn, and all of them now and then, while others allocate and free on
 * them as fast as they can (G1, G2). On the claim and owner fronts a thread is
 * its CPU; on the rseq front it is on whichever the kernel puts it.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define WORKERS 3
#define DRAINER WORKERS /* its CPU; no worker's */
#define CPUS    (WORKERS + 1)
#define FRAMES  512
#define ROUNDS  4
#define HELD    24

#if defined(FMAG_TSAN_SHIM) /* some ten times slower */
#define OPERATIONS 100000
#else
#define OPERATIONS 2000000
#endif

static struct fixture fix;
static struct owners owners;
static pthread_barrier_t start;
static unsigned at_work;
static __thread unsigned own_cpu;

static unsigned cpu_of_thread(void *hook_ctx)
{
	(void)hook_ctx;
	return own_cpu;
}

static size_t operations(void)
{
	return getenv("FMAG_TEST_ALL") != NULL ? 10 * OPERATIONS : OPERATIONS;
}

static void take(fmag_hpa_t *frame, uint32_t id)
{
	*frame = fmag_alloc_frame(fix.cache);
	if (*frame != FMAG_HPA_NONE)
		owners_take(&owners, *frame, id);
}

static void give(fmag_hpa_t *frame, uint32_t id)
{
	if (*frame == FMAG_HPA_NONE)
		return;
	owners_give(&owners, *frame, id);
	fmag_dealloc_frame(fix.cache, *frame);
	*frame = FMAG_HPA_NONE;
}

static void *work(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg;
	fmag_hpa_t held[HELD] = { 0 };
	uint64_t rng = id;
	size_t left = operations();

	own_cpu = id - 1;
	pthread_barrier_wait(&start);
	while (left-- > 0) {
		fmag_hpa_t *frame = &held[rng_below(&rng, HELD)];

		if (*frame != FMAG_HPA_NONE)
			give(frame, id);
		else
			take(frame, id);
		/* As an interrupt would that drain asked for. */
		fmag_cpu_poked(fix.cache);
	}
	for (size_t i = 0; i < HELD; i++)
		give(&held[i], id);
	__atomic_fetch_sub(&at_work, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void drain_in_turn(void)
{
	own_cpu = DRAINER;
	pthread_barrier_wait(&start);
	for (size_t turn = 0; __atomic_load_n(&at_work, __ATOMIC_RELAXED) > 0;
		turn++) {
		enum fmag_status status =
			fmag_cpu_drain(fix.cache, (unsigned)turn % CPUS);

		cr_assert(status == FMAG_OK || status == FMAG_ERR_BUSY);
		if (turn % 16 == 0)
			fmag_cache_drain(
				fix.cache, turn % 3 == 0 ? SIZE_MAX : 10);
	}
}

static void run_threads(void)
{
	pthread_t threads[WORKERS];

	at_work = WORKERS;
	pthread_barrier_init(&start, NULL, WORKERS + 1);
	for (uintptr_t i = 0; i < WORKERS; i++)
		cr_assert_eq(pthread_create(
				     &threads[i], NULL, work, (void *)(i + 1)),
			0);
	drain_in_turn();
	for (size_t i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
}

static void storm(enum fmag_front_kind front)
{
	struct fmag_config config = {
		.struct_size = sizeof(config),
		.cpu_count = CPUS,
		.magazine_rounds = ROUNDS,
		.magazine_count = 32,
		.front = front,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};

	if (front != FMAG_FRONT_RSEQ)
		config.current_cpu = cpu_of_thread;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	run_threads();
	cr_assert_eq(owners.doubles, 0, "G2");
	cr_assert_eq(fix.faults, 0, "%s", fix.last_fault.message);
	cr_assert_eq(owners_count(&owners), 0);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_FRONT(hotplug, g1_g2_cpus_come_and_go, .timeout = 120)
{
	storm(front);
}

TEST_ON_OWNER(hotplug, g1_g2_cpus_come_and_go, .timeout = 120)
