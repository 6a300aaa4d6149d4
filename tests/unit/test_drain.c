/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Draining: a CPU's magazines into the depot, all of them into the HAL; one
 * thread plays every CPU.
 */
#include <criterion/criterion.h>

#include "cache/cache.h"
#include "cache/flush.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/slot_view.h"

#define CPUS    3
#define ROUNDS  4
#define FRAMES  512
#define NO_SLOT 99u

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];
static size_t count;

static void init_on(enum fmag_front_kind front)
{
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 32);

	count = 0;
	fixture_init_on(&fix, front, fixture_hal_options(FRAMES), &config);
}

static void take(size_t how_many)
{
	size_t got = fmag_alloc_frames(fix.cache, &mine[count], how_many);

	cr_assert_eq(got, how_many);
	count += got;
}

static void give(size_t how_many)
{
	count -= how_many;
	fmag_dealloc_frames(fix.cache, &mine[count], how_many);
}

/* The CPU has both magazines full, and the depot more. */
static void fill(unsigned cpu)
{
	fixture_play(&fix, cpu);
	take(5 * ROUNDS);
	give(5 * ROUNDS);
}

static struct fmag_slot *slot(unsigned cpu)
{
	return fmag_front_slot(&fix.cache->front, cpu);
}

static struct fmag_magazine *loaded(unsigned cpu)
{
	return slot_loaded(&fix.cache->front, slot(cpu));
}

static size_t on_cpu(unsigned cpu)
{
	size_t frames = 0;

	if (loaded(cpu) != NULL)
		frames += fmag_magazine_rounds(loaded(cpu));
	if (slot(cpu)->previous != NULL)
		frames += fmag_magazine_rounds(slot(cpu)->previous);
	return frames;
}

static size_t cached(void)
{
	return (size_t)fixture_stats(&fix).frames_cached;
}

/* One CPU. */

static void drain_the_cpu(enum fmag_front_kind front)
{
	size_t before;

	init_on(front);
	fill(0);
	before = cached();
	cr_assert_gt(on_cpu(0), ROUNDS);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_OK);
	cr_assert_eq(on_cpu(0), 0);
	cr_assert_eq(cached(), before, "none goes to the HAL");
	fix.hal.fail_all = true;
	fixture_play(&fix, 1);
	take(before);
	cr_assert_eq(cached(), 0, "another CPU had every one");
	give(before);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(drain, a_cpus_frames_are_had_by_others, .timeout = 60)
{
	drain_the_cpu(front);
}

Test(drain, a_cpus_frames_are_had_by_others_on_owner)
{
	drain_the_cpu(FMAG_FRONT_OWNER);
}

TEST_ON_EACH_PLAYED_FRONT(drain, any_cpu_drains_any_other, .timeout = 60)
{
	init_on(front);
	fill(0);
	fixture_play(&fix, NO_SLOT);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_OK);
	cr_assert_eq(on_cpu(0), 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(drain, a_cpu_that_was_drained_works_on, .timeout = 60)
{
	init_on(front);
	fill(0);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_OK);
	fill(0);
	cr_assert_gt(on_cpu(0), 0);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

Test(drain, there_is_no_cpu_of_that_number)
{
	init_on(FMAG_FRONT_CLAIM);
	cr_assert_eq(fmag_cpu_drain(fix.cache, CPUS), FMAG_ERR_INVALID);
	fixture_fini(&fix, 0);
}

Test(drain, on_owner_another_cpu_is_asked_and_answers_its_poke)
{
	init_on(FMAG_FRONT_OWNER);
	fill(0);
	fixture_play(&fix, 1);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_ERR_BUSY);
	cr_assert_null(slot(0)->previous, "what else it had is in the depot");
	cr_assert_gt(on_cpu(0), 0);
	fixture_play(&fix, 0);
	fmag_cpu_poked(fix.cache);
	cr_assert_eq(on_cpu(0), 0);
	fixture_play(&fix, 1);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_OK, "it is closed");
	cr_assert_eq(slot(0)->is_asked, 0, "and was not asked again");
	fixture_fini(&fix, 0);
}

Test(drain, on_claim_a_slot_in_a_calls_hands_is_busy)
{
	init_on(FMAG_FRONT_CLAIM);
	fill(0);
	slot(0)->claim.word |= 1;
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_ERR_BUSY);
	cr_assert_null(slot(0)->previous, "what else it had is in the depot");
	slot(0)->claim.word &= ~(uint64_t)1;
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_OK);
	fixture_fini(&fix, 0);
}

#if FMAG_HAS_RSEQ_

static unsigned barriers;
static bool refuses_barriers;

static bool counted_barrier(int cpu)
{
	if (cpu == FMAG_NO_CPU)
		return true;
	barriers++;
	return !refuses_barriers;
}

static void init_with_barrier(bool (*barrier)(int cpu))
{
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 32);
	struct fmag_platform platform = fixture_played_rseq();

	platform.barrier = barrier;
	fixture_init_on_rseq(
		&fix, fixture_hal_options(FRAMES), &config, &platform);
	fill(0);
}

Test(drain, on_rseq_without_barrier_it_is_unsupported)
{
	init_with_barrier(NULL);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_ERR_UNSUPPORTED);
	cr_assert_null(slot(0)->previous, "what else it had is in the depot");
	cr_assert_gt(on_cpu(0), 0);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_OK, "it has none");
	fixture_fini(&fix, 0);
}

/* What it was to be for is out of reach, but for the cache's end. */
Test(drain, on_rseq_a_barrier_that_fails_is_not_called_again)
{
	init_with_barrier(counted_barrier);
	fill(1);
	refuses_barriers = true;
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_ERR_UNSUPPORTED);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_ERR_UNSUPPORTED);
	cr_assert_eq(barriers, 1);
	cr_assert_not(fixture_stats(&fix).reaches_loaded);
	cr_assert_gt(fmag_cache_drain(fix.cache, SIZE_MAX), 0);
	cr_assert_gt(cached(), 0);
	cr_assert_eq(fmag_cache_fini(fix.cache), 0);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
}

Test(drain, on_rseq_cpus_without_frames_are_not_interrupted)
{
	init_with_barrier(counted_barrier);
	cr_assert_gt(fmag_cache_drain(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(barriers, 1, "only CPU 0 had any");
	cr_assert_eq(fmag_cpu_drain(fix.cache, 0), FMAG_OK);
	cr_assert_eq(barriers, 1, "its slot is closed");
	fixture_fini(&fix, 0);
}

#endif

/* The whole cache. */

TEST_ON_EACH_PLAYED_FRONT(
	drain, every_cached_frame_goes_back_to_the_hal, .timeout = 60)
{
	size_t before;

	init_on(front);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		fill(cpu);
	take(7);
	before = cached();
	cr_assert_eq(fmag_cache_drain(fix.cache, SIZE_MAX), before);
	cr_assert_eq(cached(), 0);
	cr_assert_eq(test_hal_out(&fix.hal), 7, "G1");
	fixture_fini(&fix, 7);
}

Test(drain, on_owner_the_frames_of_other_cpus_come_once_they_were_poked)
{
	init_on(FMAG_FRONT_OWNER);
	fill(0);
	fill(1);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	cr_assert_eq(cached(), on_cpu(0), "CPU 0 was asked for it");
	fixture_play(&fix, 0);
	fmag_cpu_poked(fix.cache);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	cr_assert_eq(cached(), 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	drain, the_depots_frames_go_first_and_no_more_than_asked, .timeout = 60)
{
	size_t before, of_cpu;

	init_on(front);
	fill(0);
	before = cached();
	of_cpu = on_cpu(0);
	cr_assert_eq(fmag_cache_drain(fix.cache, 0), 0);
	cr_assert_eq(fmag_cache_drain(fix.cache, ROUNDS + 1), ROUNDS + 1);
	cr_assert_eq(cached(), before - ROUNDS - 1);
	cr_assert_eq(on_cpu(0), of_cpu);
	cr_assert_eq(
		fmag_cache_drain(fix.cache, cached() - 1), before - ROUNDS - 2);
	cr_assert_eq(cached(), 1);
	fixture_fini(&fix, 0);
}

Test(drain, frames_go_in_runs)
{
	static fmag_hpa_t frames[600];
	uint64_t calls;

	fixture_init_simple(&fix, 600, 1, 300, 8);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 600), 600);
	fmag_dealloc_frames(fix.cache, frames, 600);
	calls = fixture_stats(&fix).hal_dealloc_calls;
	cr_assert_eq(fmag_cache_drain(fix.cache, SIZE_MAX), 600);
	/* 64 at a time, and the rest of each magazine. */
	cr_assert_leq(
		fixture_stats(&fix).hal_dealloc_calls - calls, 600 / 64 + 8);
	fixture_fini(&fix, 0);
}

/* What is in the hands of a call that stands still. */

TEST_ON_EACH_PLAYED_FRONT(
	drain, a_magazine_in_a_stopped_calls_hands_is_emptied, .timeout = 60)
{
	struct fmag_depot *depot;
	struct fmag_magazine *held;

	init_on(front);
	fill(0);
	depot = &fix.cache->state->depot;
	held = fmag_depot_get_full(depot, 0);
	cr_assert_not_null(held);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	cr_assert_eq(fmag_magazine_rounds(held), 0);
	cr_assert_eq(cached(), 0);
	fmag_depot_put(depot, 0, held);
	fixture_fini(&fix, 0);
}

/* Others go on meanwhile: played inside the HAL's calls. */

static struct fmag_magazine *refilled;

static void refill(void *ctx)
{
	(void)ctx;
	count -= fmag_magazine_add(
		refilled, fix.cache->capacity, &mine[count - 2], 2);
}

Test(drain, a_magazine_that_its_holder_fills_is_emptied_once)
{
	struct fmag_depot *depot;

	init_on(FMAG_FRONT_CLAIM);
	depot = &fix.cache->state->depot;
	take(40);
	refilled = fmag_depot_get_room(depot, 0);
	refill(NULL);
	fix.hal.inside_dealloc = refill;
	cr_assert_eq(fmag_flush_magazine(fix.cache, refilled, SIZE_MAX), 2);
	fix.hal.inside_dealloc = NULL;
	cr_assert_eq(fmag_magazine_rounds(refilled), 2);
	fmag_depot_put(depot, 0, refilled);
	fixture_fini(&fix, count);
}

static void take_the_rest(void *ctx)
{
	(void)ctx;
	count += fmag_magazine_take(refilled, &mine[count], FRAMES - count);
}

Test(drain, a_magazine_whose_rest_others_take_is_left)
{
	struct fmag_depot *depot;

	fixture_init_simple(&fix, FRAMES, 1, 200, 8);
	depot = &fix.cache->state->depot;
	take(200);
	refilled = fmag_depot_get_room(depot, 0);
	count -= fmag_magazine_add(refilled, 200, mine, 200);
	fix.hal.inside_dealloc = take_the_rest;
	cr_assert_eq(fmag_flush_magazine(fix.cache, refilled, SIZE_MAX), 64,
		"a run, and no more was there");
	fix.hal.inside_dealloc = NULL;
	cr_assert_eq(count, 200 - 64);
	fmag_depot_put(depot, 0, refilled);
	fixture_fini(&fix, count);
}

static void free_two_to_the_depot(void *ctx)
{
	unsigned was = fix.cpu;

	(void)ctx;
	if (count < 2)
		return;
	fix.cpu = NO_SLOT;
	give(2);
	fix.cpu = was;
}

Test(drain, it_ends_though_others_free_as_fast)
{
	init_on(FMAG_FRONT_CLAIM);
	take(FRAMES);
	give(2 * ROUNDS);
	fix.hal.inside_dealloc = free_two_to_the_depot;
	cr_assert_gt(fmag_cache_drain(fix.cache, SIZE_MAX), 0);
	fix.hal.inside_dealloc = NULL;
	cr_assert_gt(count, 0, "it ended before the others did");
	fixture_fini(&fix, count);
}

/* Where the HAL may not be called. */

static uint32_t mark;

static uint32_t *shared_mark(void *hook_ctx)
{
	(void)hook_ctx;
	return &mark;
}

static void init_with_mark(enum fmag_front_kind front)
{
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 32);

	config.hal_mark = shared_mark;
	mark = 0;
	fixture_init_on(&fix, front, fixture_hal_options(FRAMES), &config);
	fill(0);
}

TEST_ON_EACH_PLAYED_FRONT(
	drain, g6_during_a_hal_call_nothing_is_moved, .timeout = 60)
{
	size_t of_cpu;

	init_with_mark(front);
	of_cpu = on_cpu(0);
	mark = 1;
	cr_assert_eq(fmag_cache_drain(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(on_cpu(0), of_cpu, "what would be useless is not begun");
	mark = 0;
	fixture_fini(&fix, 0);
}

static void enter_hal_for_good(void *ctx)
{
	(void)ctx;
	mark++;
	fix.hal.inside_dealloc = NULL;
}

TEST_ON_EACH_PLAYED_FRONT(
	drain, g6_it_ends_where_the_hal_is_closed_half_way, .timeout = 60)
{
	size_t before;

	init_with_mark(front);
	before = cached();
	fix.hal.inside_dealloc = enter_hal_for_good;
	cr_assert_eq(fmag_cache_drain(fix.cache, SIZE_MAX), ROUNDS);
	cr_assert_eq(mark, 1, "closed half-way");
	cr_assert_eq(cached(), before - ROUNDS, "G1");
	mark = 0;
	fixture_fini(&fix, 0);
}

/* An emptied magazine makes up for a spare that a handler used (D4). */
Test(drain, it_makes_up_for_spares)
{
	struct fmag_depot *depot;
	struct fmag_magazine *spare;

	init_on(FMAG_FRONT_CLAIM);
	depot = &fix.cache->state->depot;
	take(4 * ROUNDS);
	spare = fmag_depot_get_spare(depot);
	count -= fmag_magazine_add(spare, ROUNDS, &mine[count - 1], 1);
	fmag_depot_put(depot, 0, spare);
	cr_assert(fmag_depot_owes_spare(depot));
	fmag_cache_drain(fix.cache, SIZE_MAX);
	cr_assert_not(fmag_depot_owes_spare(depot));
	fixture_fini(&fix, count);
}
