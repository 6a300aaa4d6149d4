/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G3 and G4 with real threads: many are frozen for ever, each wherever a
 * signal finds it in an endless loop of allocs and frees. The threads that are
 * left must get every frame but those that G4 grants the frozen.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define FROZEN 100
#define FRAMES 4096
#define ROUNDS 4
#define HELD   2 /* frames that a thread keeps at a time */

static struct fixture fix;
static struct owners owners;
static unsigned frozen_count;
static pthread_barrier_t started;

/* The thread stays here, in the middle of what it was doing. */
static void freeze(int signal)
{
	(void)signal;
	__atomic_fetch_add(&frozen_count, 1, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

static void *loop_until_frozen(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg;
	fmag_hpa_t held[HELD];

	pthread_barrier_wait(&started);
	for (;;) {
		size_t got = 0;

		for (size_t i = 0; i < HELD; i++) {
			held[got] = fmag_alloc_frame(fix.cache);
			if (held[got] != FMAG_HPA_NONE)
				owners_take(&owners, held[got++], id);
		}
		while (got > 0) {
			owners_give(&owners, held[--got], id);
			fmag_dealloc_frame(fix.cache, held[got]);
		}
	}
	return NULL;
}

/*
 * A lock-free HAL: one behind a lock, as the test HAL's, would be frozen with
 * whoever holds it (exempt from G3, but then there is nothing left to see).
 */
static struct fmag_arena *arena;

static void setup(enum fmag_front_kind front)
{
	const struct fmag_arena_config pool = {
		.size = FRAMES * TEST_HAL_FRAME_SIZE,
		.base = TEST_HAL_BASE,
		.backing = FMAG_ARENA_ANONYMOUS,
	};
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = front,
		.magazine_rounds = ROUNDS,
		.magazine_count = 4 * FROZEN,
		.cpu_is_isolated = fixture_no_cpu,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};
	struct fmag_hal hal;

	cr_assert_eq(fmag_arena_create(&arena, &pool), FMAG_OK);
	cr_assert_eq(fmag_arena_hal(arena, TEST_HAL_FRAME_SIZE, &hal), FMAG_OK);
	cr_assert_eq(fmag_cache_create(&fix.cache, &hal, &config), FMAG_OK);
	fix.hal.options.frames = FRAMES;
	owners_init(&owners, &fix.hal);
}

static void freeze_everyone(pthread_t *threads)
{
	uint64_t rng = 7;

	for (size_t i = 0; i < FROZEN; i++) {
		usleep((useconds_t)rng_below(&rng, 1000));
		pthread_kill(threads[i], SIGUSR1);
	}
	while (__atomic_load_n(&frozen_count, __ATOMIC_ACQUIRE) < FROZEN)
		usleep(1000);
}

static void start_everyone(pthread_t *threads)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = freeze;
	sigaction(SIGUSR1, &action, NULL);
	pthread_barrier_init(&started, NULL, FROZEN + 1);
	for (size_t i = 0; i < FROZEN; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL,
				     loop_until_frozen, (void *)(i + 1)),
			0);
	pthread_barrier_wait(&started);
}

/* Every frame that is still to be had, from the CPU that this thread is on. */
static size_t take_all(void)
{
	size_t count = 0;
	fmag_hpa_t frame;

	while ((frame = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE) {
		owners_take(&owners, frame, FROZEN + 1);
		count++;
	}
	return count;
}

/*
 * A frame in hand each; one run each on its way from or to the HAL; and on the
 * claim front one magazine a CPU, in a stopped holder's hands. What else CPUs
 * have is found (docs/design.md).
 */
static size_t allowed(enum fmag_front_kind front, size_t cpus)
{
	size_t hands = FROZEN * (1 + ROUNDS / 2);

	return front == FMAG_FRONT_CLAIM ? hands + cpus * ROUNDS : hands;
}

TEST_ON_EACH_FRONT(frozen_threads,
	g3_g4_a_hundred_frozen_anywhere_stop_nobody_and_keep_little,
	.timeout = 120)
{
	pthread_t threads[FROZEN];
	size_t with_frozen, had, cpus, withheld;

	setup(front);
	cpus = fixture_stats(&fix).cpu_count;
	start_everyone(threads);
	freeze_everyone(threads);
	with_frozen = owners_count(&owners);
	had = take_all();
	withheld = FRAMES - with_frozen - had;
	cr_assert_eq(owners.doubles, 0, "G2");
	cr_assert_eq(fix.faults, 0);
	cr_assert_leq(withheld, allowed(front, cpus), "G4: %zu frames withheld",
		withheld);
	/* The frozen threads end with the test's process. */
}
