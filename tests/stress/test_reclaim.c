/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two caches, of 4 KiB and of 2 MiB frames, on one arena: threads on both want
 * all there is, and each cache asks the other for what it keeps. None waits for
 * another (the test ends), no frame has two owners, none is lost (G1, G2, G3).
 * And one reclaimer for one caller at a time sees no second one.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/rng.h"

#define THREADS  6
#define SMALL    ((size_t)4096)
#define LARGE    ((size_t)2 << 20)
#define LARGES   ((size_t)4)
#define POOL     (LARGES * LARGE)
#define GRANULES (POOL / SMALL)
#define BATCH    ((size_t)256) /* small frames that a thread takes at a time */

#if defined(FMAG_TSAN_SHIM) /* some ten times slower */
#define TURNS 1000
#else
#define TURNS 20000
#endif

static struct fixture fix;
static struct fmag_arena *arena;
static struct fmag_cache *small, *large;
static uint8_t taken[GRANULES]; /* 1: with somebody */
static uint64_t doubles, smalls_had, larges_had, asked;
static unsigned inside;
static pthread_barrier_t start;

static size_t turns(void)
{
	return getenv("FMAG_TEST_ALL") != NULL ? 10 * TURNS : TURNS;
}

/* Relaxed: what orders two owners is fmag, or ThreadSanitizer tells. */
static void stamp(fmag_hpa_t frame, size_t size, uint8_t expected)
{
	size_t first = (size_t)(frame - fmag_arena_base(arena)) / SMALL;

	for (size_t i = 0; i < size / SMALL; i++) {
		if (__atomic_exchange_n(&taken[first + i], !expected,
			    __ATOMIC_RELAXED) != expected)
			__atomic_fetch_add(&doubles, 1, __ATOMIC_RELAXED);
	}
}

static void use(struct fmag_cache *cache, size_t most, uint64_t *had)
{
	const size_t size = fmag_frame_size(cache);
	fmag_hpa_t frames[BATCH];
	size_t got = fmag_alloc_frames(cache, frames, most);

	for (size_t i = 0; i < got; i++)
		stamp(frames[i], size, 0);
	for (size_t i = 0; i < got; i++)
		stamp(frames[i], size, 1);
	fmag_dealloc_frames(cache, frames, got);
	__atomic_fetch_add(had, got, __ATOMIC_RELAXED);
}

static void *work(void *arg)
{
	uint64_t rng = (uintptr_t)arg;
	size_t left = turns();

	pthread_barrier_wait(&start);
	while (left-- > 0) {
		if (rng_below(&rng, 2) == 0)
			use(small, 1 + rng_below(&rng, BATCH), &smalls_had);
		else
			use(large, 1 + rng_below(&rng, LARGES), &larges_had);
	}
	return NULL;
}

static void run_threads(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&start, NULL, THREADS);
	for (uintptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(
			pthread_create(&threads[i], NULL, work, (void *)i), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static struct fmag_cache *make(enum fmag_front_kind front, size_t size)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = front,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};
	struct fmag_cache *cache;
	struct fmag_hal hal;

	cr_assert_eq(fmag_arena_hal(arena, size, &hal), FMAG_OK);
	cr_assert_eq(fmag_cache_create(&cache, &hal, &config), FMAG_OK);
	return cache;
}

/* Gives nothing, and takes its time. */
static size_t look_inside(void *ctx, struct fmag_cache *cache, size_t wanted)
{
	(void)ctx;
	(void)cache;
	(void)wanted;
	if (__atomic_fetch_add(&inside, 1, __ATOMIC_RELAXED) != 0)
		__atomic_fetch_add(&doubles, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&asked, 1, __ATOMIC_RELAXED);
	sched_yield();
	__atomic_fetch_sub(&inside, 1, __ATOMIC_RELAXED);
	return 0;
}

static void check(void)
{
	printf("%zu small frames, %zu large ones, asked %zu times\n",
		(size_t)smalls_had, (size_t)larges_had, (size_t)asked);
	cr_assert_eq(doubles, 0, "G2, or two in a reclaimer for one");
	cr_assert_eq(fix.faults, 0, "%s", fix.last_fault.message);
	cr_assert_gt(asked, 0, "G4: it was short of memory at times");
	cr_assert_gt(smalls_had, 0);
	cr_assert_gt(larges_had, 0);
	cr_assert_eq(fmag_cache_destroy(small), 0, "G1");
	cr_assert_eq(fmag_cache_destroy(large), 0, "G1");
	cr_assert_eq(fmag_arena_free_bytes(arena), POOL, "G1");
	fmag_arena_destroy(arena);
}

TEST_ON_EACH_FRONT(
	reclaim, g1_g2_g3_two_caches_want_each_others_memory, .timeout = 120)
{
	const struct fmag_arena_config pool = {
		.size = POOL,
		.backing = FMAG_ARENA_ANONYMOUS,
	};
	struct fmag_reclaimer from_small, from_large;
	const struct fmag_reclaimer alone = { .reclaim = look_inside };

	cr_assert_eq(fmag_arena_create(&arena, &pool), FMAG_OK);
	small = make(front, SMALL);
	large = make(front, LARGE);
	from_small =
		(struct fmag_reclaimer){ fmag_reclaim_from_cache, small, true };
	from_large =
		(struct fmag_reclaimer){ fmag_reclaim_from_cache, large, true };
	fmag_register_reclaim(small, &alone);
	cr_assert_eq(fmag_register_reclaim(small, &from_large), FMAG_OK);
	cr_assert_eq(fmag_register_reclaim(large, &from_small), FMAG_OK);
	run_threads();
	check();
}
