/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads look at frames without a lock while others replace and retire them, and
 * others yet write all over what they are given. What a reader finds is what was
 * published, or a frame came back before its grace was over (G7); under
 * ThreadSanitizer that is a race as well, as is an order that is missing between
 * a reader and the next owner.
 *
 * The source of grace periods is made of the threads themselves: each reports,
 * between two looks, the last ticket that was given.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/rng.h"

#define THREADS 4
#define CELLS   32
#define FRAMES  160
#define WORDS   (TEST_HAL_FRAME_SIZE / sizeof(uint64_t))

#if defined(FMAG_TSAN_SHIM) /* some ten times slower */
#define TURNS 2000
#else
#define TURNS 200000
#endif

static struct fixture fix;
static struct fmag_retirer *retirer;
static fmag_hpa_t cells[CELLS];
static uint64_t torn, failures;

/* A line each. */
static struct {
	uint64_t ticket; /* the last one that the thread has reported */
	char pad[120];
} reported[THREADS];
static uint64_t tickets;

static size_t turns(void)
{
	return getenv("FMAG_TEST_ALL") != NULL ? 10 * TURNS : TURNS;
}

static uint64_t start(void *ctx)
{
	(void)ctx;
	return fmag_add_acq_rel(&tickets, (uint64_t)1) + 1;
}

static enum fmag_grace done(void *ctx, uint64_t ticket)
{
	(void)ctx;
	for (unsigned i = 0; i < THREADS; i++) {
		if (fmag_load_acquire(&reported[i].ticket) < ticket)
			return FMAG_GRACE_PENDING;
	}
	return FMAG_GRACE_OVER;
}

/* Between two looks. */
static void report(unsigned thread)
{
	fmag_store_release(
		&reported[thread].ticket, fmag_load_acquire(&tickets));
}

static uint64_t *memory_of(fmag_hpa_t frame)
{
	return fmag_phys_to_virt(fix.cache, frame);
}

static void fill(fmag_hpa_t frame, uint64_t value)
{
	uint64_t *words = memory_of(frame);

	for (size_t i = 0; i < WORDS; i += 8)
		words[i] = value;
}

static void look(unsigned cell)
{
	const uint64_t *words = memory_of(fmag_load_acquire(&cells[cell]));

	for (size_t i = 0; i < WORDS; i += 8) {
		if (words[i] != cell + 1)
			fmag_add_relaxed(&torn, 1);
	}
}

static fmag_hpa_t alloc(unsigned thread)
{
	fmag_hpa_t frame;

	while ((frame = fmag_alloc_frame(fix.cache)) == FMAG_HPA_NONE) {
		fmag_retire_flush(fix.cache);
		report(thread);
		sched_yield();
	}
	return frame;
}

static void retire(unsigned thread, fmag_hpa_t frame)
{
	while (fmag_retire_frame(fix.cache, frame) != FMAG_OK) {
		fmag_add_relaxed(&failures, 1);
		report(thread);
		sched_yield();
	}
}

static void replace(unsigned thread, unsigned cell)
{
	fmag_hpa_t frame = alloc(thread);

	fill(frame, UINT64_MAX);
	fill(frame, cell + 1);
	retire(thread, fmag_exchange_acq_rel(&cells[cell], frame));
}

static void scribble(unsigned thread)
{
	fmag_hpa_t frame = alloc(thread);

	fill(frame, UINT64_MAX);
	fmag_dealloc_frame(fix.cache, frame);
}

static void take_turn(unsigned thread, uint64_t random)
{
	unsigned cell = (unsigned)(random >> 8) % CELLS;

	switch (random % 16) {
	case 0:
	case 1:
	case 2:
		replace(thread, cell);
		break;
	case 3:
		scribble(thread);
		break;
	case 4:
		if (random >> 16 & 1)
			fmag_retire_flush(fix.cache);
		else
			fmag_retire_poll(fix.cache, random >> 32 & 31);
		break;
	default:
		look(cell);
	}
	report(thread);
}

static void *work(void *arg)
{
	unsigned thread = (unsigned)(uintptr_t)arg;
	uint64_t rng = thread + 1;

	for (size_t i = turns(); i > 0; i--)
		take_turn(thread, rng_next(&rng));
	fmag_store_release(&reported[thread].ticket, UINT64_MAX);
	return NULL;
}

/* A handler retires what it had left over, wherever it interrupts. */
static __thread fmag_hpa_t for_the_handler;

static void retire_in_handler(int signal)
{
	fmag_hpa_t frame = for_the_handler;

	(void)signal;
	for_the_handler = FMAG_HPA_NONE;
	if (frame != FMAG_HPA_NONE &&
		fmag_retire_frame(fix.cache, frame) != FMAG_OK)
		for_the_handler = frame;
}

static void *work_interrupted(void *arg)
{
	uint64_t rng = 99;

	for_the_handler = FMAG_HPA_NONE;
	for (size_t i = turns() / 4; i > 0; i--) {
		if (fmag_load_relaxed(&for_the_handler) == FMAG_HPA_NONE)
			fmag_store_relaxed(&for_the_handler, alloc(0));
		take_turn(0, rng_next(&rng));
	}
	while (fmag_load_relaxed(&for_the_handler) != FMAG_HPA_NONE) {
		report(0);
		sched_yield();
	}
	fmag_store_release(&reported[0].ticket, UINT64_MAX);
	return arg;
}

static void make(enum fmag_front_kind front)
{
	const struct fmag_grace_source source = { .start = start,
		.done = done };
	/* So few that retiring runs out of them. */
	const struct fmag_retirer_config config = {
		.magazine_count = 10,
		.magazine_rounds = 8,
	};
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct fmag_config cache = fixture_config(&fix, 0, 8, 0);

	options.readable = true;
	cache.current_cpu = NULL;
	cache.cpu_is_isolated = fixture_no_cpu;
	cache.front = front;
	fixture_init(&fix, options, &cache);
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, &config),
		FMAG_OK);
	memset(reported, 0, sizeof(reported));
	for (unsigned i = 0; i < CELLS; i++) {
		cells[i] = fmag_alloc_frame(fix.cache);
		fill(cells[i], i + 1);
	}
}

static void finish(void)
{
	for (unsigned i = 0; i < CELLS; i++)
		cr_assert_eq(fmag_retire_frame(fix.cache, cells[i]), FMAG_OK);
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
	printf("%llu tickets, retiring failed %llu times\n",
		(unsigned long long)tickets, (unsigned long long)failures);
	cr_assert_eq(torn, 0, "G7: %llu words were another's by then",
		(unsigned long long)torn);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_FRONT(retire, g7_readers_without_locks_see_no_frame_of_anothers,
	.timeout = 170)
{
	pthread_t threads[THREADS];

	make(front);
	for (uintptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(
			pthread_create(&threads[i], NULL, work, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	finish();
}

TEST_ON_EACH_FRONT(
	retire, g6_handlers_retire_wherever_they_interrupt, .timeout = 170)
{
	struct sigaction action = { .sa_handler = retire_in_handler };
	pthread_t thread, others[THREADS - 1];

	make(front);
	sigaction(SIGUSR1, &action, NULL);
	cr_assert_eq(pthread_create(&thread, NULL, work_interrupted, NULL), 0);
	for (uintptr_t i = 1; i < THREADS; i++)
		cr_assert_eq(
			pthread_create(&others[i - 1], NULL, work, (void *)i),
			0);
	while (fmag_load_acquire(&reported[0].ticket) != UINT64_MAX) {
		pthread_kill(thread, SIGUSR1);
		sched_yield();
	}
	pthread_join(thread, NULL);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_join(others[i - 1], NULL);
	finish();
}
