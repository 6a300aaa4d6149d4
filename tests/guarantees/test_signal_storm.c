/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G6 in real time: a timer interrupts threads that allocate and free, and its
 * handler allocates and frees too, with a HAL that bears that and with one
 * whose lock it would wait for for ever. (test_stopped_anywhere.c does it at
 * every instruction; this does it with several threads.)
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/interrupts.h"
#include "support/owners.h"
#include "support/rng.h"

#define THREADS  4
#define FRAMES   2048
#define ROUNDS   4
#define HELD     24
#define IN_STORM 6 /* frames that a handler takes at a time */

/* ns. ThreadSanitizer needs longer than 20 us to bring a signal to a thread. */
#ifdef FMAG_TSAN_SHIM
#define PERIOD 100000
#elif defined(FMAG_TEST_DISTURBED)
#define PERIOD 50000
#else
#define PERIOD 20000
#endif

#ifdef FMAG_TEST_DISTURBED /* its sections are long */
#define OPERATIONS 150000
#else
#define OPERATIONS 400000
#endif

struct storm {
	struct fixture fix;
	struct owners owners;
	struct fmag_arena *arena;
	size_t operations; /* a thread */
	uint64_t handlers;
	uint64_t handlers_with_frames;
};

static struct storm storm;
static __thread uint32_t thread_id;

static size_t operations(void)
{
	return getenv("FMAG_TEST_ALL") != NULL ? 5000000 : OPERATIONS;
}

static void handler(int signal)
{
	struct fmag_cache *cache = storm.fix.cache;
	uint32_t id = THREADS + thread_id;
	fmag_hpa_t frames[IN_STORM];
	size_t got = 0;

	(void)signal;
	for (size_t i = 0; i < IN_STORM; i++) {
		frames[got] = fmag_alloc_frame(cache);
		if (frames[got] != FMAG_HPA_NONE)
			owners_take(&storm.owners, frames[got++], id);
	}
	__atomic_fetch_add(&storm.handlers, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(
		&storm.handlers_with_frames, got > 0, __ATOMIC_RELAXED);
	while (got > 0) {
		owners_give(&storm.owners, frames[--got], id);
		fmag_dealloc_frame(cache, frames[got]);
	}
}

static void churn(uint64_t *rng, fmag_hpa_t *held)
{
	fmag_hpa_t *frame = &held[rng_below(rng, HELD)];

	if (*frame != FMAG_HPA_NONE) {
		owners_give(&storm.owners, *frame, thread_id);
		fmag_dealloc_frame(storm.fix.cache, *frame);
		*frame = FMAG_HPA_NONE;
		return;
	}
	*frame = fmag_alloc_frame(storm.fix.cache);
	if (*frame != FMAG_HPA_NONE)
		owners_take(&storm.owners, *frame, thread_id);
}

static void *work(void *arg)
{
	fmag_hpa_t held[HELD] = { 0 };
	uint64_t rng = (uintptr_t)arg;
	timer_t timer;

	thread_id = (uint32_t)(uintptr_t)arg;
	timer = interrupts_start(PERIOD);
	for (size_t i = 0; i < storm.operations; i++)
		churn(&rng, held);
	timer_delete(timer);
	for (size_t i = 0; i < HELD; i++) {
		if (held[i] == FMAG_HPA_NONE)
			continue;
		owners_give(&storm.owners, held[i], thread_id);
		fmag_dealloc_frame(storm.fix.cache, held[i]);
	}
	return NULL;
}

static void run_threads(void)
{
	struct sigaction action;
	pthread_t threads[THREADS];

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(
				     &threads[i], NULL, work, (void *)(i + 1)),
			0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void check(void)
{
	cr_assert_eq(storm.owners.doubles, 0, "G2");
	cr_assert_eq(storm.fix.faults, 0, "%s", storm.fix.last_fault.message);
	cr_assert_eq(owners_count(&storm.owners), 0);
	cr_assert_gt(storm.handlers, 100, "there was a storm");
	cr_assert_gt(storm.handlers_with_frames, 0);
}

/* On the owner front: a thread's number is its CPU, and signals are interrupts. */
static unsigned thread_as_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return thread_id;
}

/* Few magazines: the HAL is called all the time, in both directions. */
static struct fmag_config config(enum fmag_front_kind front)
{
	bool is_owner = front == FMAG_FRONT_OWNER;

	return (struct fmag_config){
		.struct_size = sizeof(struct fmag_config),
		.front = front,
		.cpu_count = is_owner ? THREADS + 1 : 0,
		.current_cpu = is_owner ? thread_as_cpu : NULL,
		.magazine_rounds = ROUNDS,
		.magazine_count = 24,
		.spare_magazines = 8,
		.on_fault = fixture_on_fault,
		.hook_ctx = &storm.fix,
	};
}

TEST_ON_EACH_FRONT(signal_storm,
	g6_with_a_hal_whose_lock_a_handler_must_not_wait_for, .timeout = 120)
{
	const struct fmag_config few = config(front);

	storm.operations = operations();
	fixture_init(&storm.fix, fixture_hal_options(FRAMES), &few);
	owners_init(&storm.owners, &storm.fix.hal);
	run_threads();
	check();
	fixture_fini(&storm.fix, 0);
}

TEST_ON_EACH_FRONT(
	signal_storm, g6_with_a_hal_that_handlers_may_call, .timeout = 120)
{
	const struct fmag_arena_config pool = {
		.size = FRAMES * TEST_HAL_FRAME_SIZE,
		.base = TEST_HAL_BASE,
		.backing = FMAG_ARENA_ANONYMOUS,
	};
	const struct fmag_config few = config(front);
	struct fmag_hal hal;

	storm.operations = operations();
	cr_assert_eq(fmag_arena_create(&storm.arena, &pool), FMAG_OK);
	cr_assert_eq(fmag_arena_hal(storm.arena, TEST_HAL_FRAME_SIZE, &hal),
		FMAG_OK);
	cr_assert_eq(fmag_cache_create(&storm.fix.cache, &hal, &few), FMAG_OK);
	storm.fix.hal.options.frames = FRAMES;
	owners_init(&storm.owners, &storm.fix.hal);
	run_threads();
	check();
	cr_assert_eq(fmag_cache_destroy(storm.fix.cache), 0, "G1");
	cr_assert_eq(fmag_arena_free_bytes(storm.arena), pool.size, "G1");
	fmag_arena_destroy(storm.arena);
}

TEST_ON_OWNER(signal_storm,
	g6_with_a_hal_whose_lock_a_handler_must_not_wait_for, .timeout = 120)
TEST_ON_OWNER(
	signal_storm, g6_with_a_hal_that_handlers_may_call, .timeout = 120)
