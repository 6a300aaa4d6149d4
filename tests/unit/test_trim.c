/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trimming: by a number of frames to keep, and by what nobody used since the
 * last call. One thread plays every CPU.
 */
#include <criterion/criterion.h>

#include "support/each_front.h"
#include "support/fixture.h"

#define ROUNDS 4
#define CPUS   3
#define BURST  40
#define FRAMES 256

static struct fixture fix;
static fmag_hpa_t frames[FRAMES];
static unsigned barriers;

static bool count_barrier(int cpu)
{
	barriers += cpu != FMAG_NO_CPU;
	return true;
}

static void make_with(enum fmag_front_kind front,
	struct test_hal_options options, unsigned rounds)
{
	struct fmag_config config = fixture_config(&fix, CPUS, rounds, 32);

	config.front = front;
	config.magazine_rounds_min = ROUNDS;
	if (front == FMAG_FRONT_RSEQ) {
		struct fmag_platform platform = fixture_played_rseq();

		platform.barrier = count_barrier;
		fixture_init_on_rseq(&fix, options, &config, &platform);
	} else {
		fixture_init(&fix, options, &config);
	}
}

static void make(enum fmag_front_kind front)
{
	make_with(front, fixture_hal_options(FRAMES), ROUNDS);
}

static void make_simple(void)
{
	make(FMAG_FRONT_CLAIM);
}

static struct fmag_depot *depot(void)
{
	return &fix.cache->state->depot;
}

static size_t cached(void)
{
	return fixture_stats(&fix).frames_cached;
}

static void burst(unsigned cpu, size_t count)
{
	fixture_play(&fix, cpu);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, count), count);
	fmag_dealloc_frames(fix.cache, frames, count);
}

static size_t full_magazines(void)
{
	return fmag_level_magazines(depot()->first.full.level.now);
}

static size_t unused(size_t budget)
{
	size_t out = test_hal_out(&fix.hal);
	size_t given = fmag_cache_trim_unused(fix.cache, budget);

	cr_assert_leq(given, budget);
	cr_assert_eq(test_hal_out(&fix.hal), out - given, "G1");
	return given;
}

/* By a number to keep. */

TestSuite(trim, .init = make_simple);

Test(trim, leaves_as_many_frames_in_full_magazines_as_are_to_be_kept)
{
	size_t full;

	burst(0, BURST);
	full = fmag_depot_full_frames(depot());
	cr_assert_geq(full, 5 * ROUNDS);
	cr_assert_eq(fmag_cache_trim(fix.cache, 2 * ROUNDS, SIZE_MAX),
		full - 2 * ROUNDS);
	cr_assert_eq(fmag_depot_full_frames(depot()), 2 * ROUNDS);
	cr_assert_eq(fmag_cache_trim(fix.cache, 2 * ROUNDS, SIZE_MAX), 0);
	cr_assert_eq(
		fixture_stats(&fix).frames_from_hal, test_hal_out(&fix.hal));
	fixture_fini(&fix, 0);
}

Test(trim, gives_nothing_where_there_is_less_than_is_to_be_kept)
{
	cr_assert_eq(fmag_cache_trim(fix.cache, 0, SIZE_MAX), 0, "none cached");
	burst(0, BURST);
	cr_assert_eq(fmag_cache_trim(fix.cache, BURST + 1, SIZE_MAX), 0);
	cr_assert_eq(fmag_cache_trim(fix.cache, SIZE_MAX, SIZE_MAX), 0);
	fixture_fini(&fix, 0);
}

Test(trim, gives_no_more_than_its_budget)
{
	size_t before;

	burst(0, BURST);
	before = cached();
	cr_assert_eq(fmag_cache_trim(fix.cache, 0, 0), 0);
	cr_assert_eq(fmag_cache_trim(fix.cache, 0, 1), 1);
	cr_assert_eq(fmag_cache_trim(fix.cache, 0, ROUNDS + 1), ROUNDS + 1);
	cr_assert_eq(cached(), before - ROUNDS - 2);
	fixture_fini(&fix, 0);
}

Test(trim, leaves_what_cpus_work_from_alone)
{
	size_t calls;

	burst(0, BURST);
	fmag_cache_trim(fix.cache, 0, SIZE_MAX);
	cr_assert_eq(fmag_depot_full_frames(depot()), 0);
	calls = fix.hal.calls;
	burst(0, ROUNDS);
	cr_assert_eq(fix.hal.calls, calls, "they were still there");
	fixture_fini(&fix, 0);
}

Test(trim, counts_magazines_by_what_is_in_them_not_by_what_they_may_hold)
{
	fixture_fini(&fix, 0);
	make_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES), 10 * ROUNDS);
	for (unsigned turn = 0; turn < 20; turn++)
		burst(0, 200);
	cr_assert_gt(fmag_depot_full_frames(depot()),
		2 * ROUNDS * full_magazines(), "they were filled far");
	fmag_cache_trim(fix.cache, 50, SIZE_MAX);
	cr_assert_leq(fmag_depot_full_frames(depot()), 50);
	fixture_fini(&fix, 0);
}

Test(trim, works_with_a_hal_that_takes_frames_one_by_one)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	fixture_fini(&fix, 0);
	options.bulk = false;
	make_with(FMAG_FRONT_CLAIM, options, ROUNDS);
	burst(0, BURST);
	cr_assert_gt(fmag_cache_trim(fix.cache, ROUNDS, SIZE_MAX), 0);
	cr_assert_eq(fmag_depot_full_frames(depot()), ROUNDS);
	fixture_fini(&fix, 0);
}

static size_t given_in_handler;

static void trim_in_a_handler(void *ctx)
{
	(void)ctx;
	given_in_handler = fmag_cache_trim(fix.cache, 0, SIZE_MAX);
	given_in_handler += fmag_cache_trim_unused(fix.cache, SIZE_MAX);
}

Test(trim, gives_nothing_in_a_handler_that_interrupted_the_hal)
{
	fmag_hpa_t run;
	size_t before;

	burst(0, BURST);
	unused(SIZE_MAX);
	before = cached();
	given_in_handler = 1;
	fix.hal.inside_alloc = trim_in_a_handler;
	run = fmag_alloc_contiguous(fix.cache, 1, TEST_HAL_FRAME_SIZE);
	fix.hal.inside_alloc = NULL;
	fmag_dealloc_contiguous(fix.cache, run, 1);
	cr_assert_eq(given_in_handler, 0);
	cr_assert_eq(cached(), before);
	cr_assert_eq(unused(SIZE_MAX), before, "nor was that a look");
	fixture_fini(&fix, 0);
}

/* All that lies in magazines, the one that is being emptied among them. */
static size_t robbed;

static void rob_in_a_handler(void *ctx)
{
	fmag_hpa_t frame;

	(void)ctx;
	fixture_play(&fix, CPUS); /* one without a slot */
	while ((frame = fmag_alloc_frame_cached(fix.cache)) != FMAG_HPA_NONE)
		frames[robbed++] = frame;
}

Test(trim, does_not_withhold_the_magazine_that_it_empties)
{
	size_t before, given;

	fixture_fini(&fix, 0);
	make_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES), 100);
	burst(0, 200);
	before = cached();
	fix.hal.inside_dealloc = rob_in_a_handler;
	given = fmag_cache_trim(fix.cache, 0, 1);
	fix.hal.inside_dealloc = NULL;
	cr_assert_eq(given, 1);
	cr_assert_gt(robbed, 0);
	cr_assert_eq(cached() + robbed + given, before, "G1");
	fmag_dealloc_frames(fix.cache, frames, robbed);
	fixture_fini(&fix, 0);
}

Test(trim, ends_where_the_level_counts_more_than_there_is)
{
	/* As a thread leaves it that was stopped before its push. */
	fmag_level_rise(&depot()->first.full.level, ROUNDS);
	cr_assert_eq(fmag_cache_trim(fix.cache, 0, SIZE_MAX), 0);
	burst(0, BURST);
	cr_assert_gt(fmag_cache_trim(fix.cache, 0, SIZE_MAX), 0);
	cr_assert_null(fmag_stack_peek(&depot()->first.full));
	unused(SIZE_MAX);
	unused(SIZE_MAX);
	cr_assert_eq(cached(), 0);
	fixture_fini(&fix, 0);
}

/* What nobody used. */

/* On the owner front other CPUs give up what they work from when poked. */
static void poke_all(void)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		fmag_cpu_poked(fix.cache);
	}
}

TEST_ON_EACH_PLAYED_FRONT(
	trim_unused, two_calls_after_a_burst_give_all_back, .timeout = 60)
{
	size_t before;

	make(front);
	burst(0, BURST);
	before = cached();
	cr_assert_eq(unused(SIZE_MAX), 0, "all of it was used");
	cr_assert_eq(unused(SIZE_MAX), before);
	cr_assert_eq(cached(), 0);
	cr_assert_eq(unused(SIZE_MAX), 0);
	fixture_fini(&fix, 0);
}
TEST_ON_OWNER(trim_unused, two_calls_after_a_burst_give_all_back, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	trim_unused, every_cpu_that_did_nothing_is_emptied, .timeout = 60)
{
	make(front);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		burst(cpu, 3);
	fixture_play(&fix, CPUS);
	unused(SIZE_MAX);
	unused(SIZE_MAX);
	if (front == FMAG_FRONT_OWNER) {
		cr_assert_gt(cached(), 0, "they were asked");
		poke_all();
		unused(SIZE_MAX);
		unused(SIZE_MAX);
	}
	cr_assert_eq(cached(), 0);
	fixture_fini(&fix, 0);
}
TEST_ON_OWNER(trim_unused, every_cpu_that_did_nothing_is_emptied, .timeout = 60)

/* Each of these alone is work. */

static void take_one(void)
{
	frames[FRAMES - 1] = fmag_alloc_frame(fix.cache);
}

static void give_one(void)
{
	fmag_dealloc_frame(fix.cache, frames[FRAMES - 1]);
}

static void take_and_give_one(void)
{
	take_one();
	give_one();
}

/* CPU 0 does that, CPU 1 nothing. */
static void expect_that_only_cpu_1_is_emptied(void (*work)(void))
{
	size_t calls;

	burst(1, 3);
	burst(0, 3);
	unused(SIZE_MAX);
	work();
	unused(SIZE_MAX);
	calls = fix.hal.calls;
	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	cr_assert_eq(fix.hal.calls, calls, "CPU 0's were left to it");
	fixture_play(&fix, 1);
	take_one();
	cr_assert_eq(fix.hal.calls, calls + 1, "CPU 1's were not");
	give_one();
}

TEST_ON_EACH_PLAYED_FRONT(
	trim_unused, a_cpu_at_work_is_left_alone, .timeout = 60)
{
	make(front);
	expect_that_only_cpu_1_is_emptied(take_and_give_one);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(trim_unused, an_alloc_alone_is_work, .timeout = 60)
{
	make(front);
	expect_that_only_cpu_1_is_emptied(take_one);
	fixture_fini(&fix, 1);
}

TEST_ON_EACH_PLAYED_FRONT(trim_unused, a_free_alone_is_work, .timeout = 60)
{
	make(front);
	fixture_play(&fix, 2);
	take_one();
	expect_that_only_cpu_1_is_emptied(give_one);
	fixture_fini(&fix, 0);
}

TestSuite(unused, .init = make_simple);

Test(unused, what_was_needed_once_in_between_stays)
{
	struct fmag_magazine *taken[3];
	size_t full;

	burst(0, BURST);
	unused(SIZE_MAX);
	full = full_magazines();
	cr_assert_geq(full, 5);
	for (size_t i = 0; i < 3; i++)
		taken[i] = fmag_depot_get_full(depot(), 0);
	for (size_t i = 0; i < 3; i++)
		fmag_depot_put(depot(), 0, taken[i]);
	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	cr_assert_eq(unused(SIZE_MAX), (full - 3) * ROUNDS);
	cr_assert_eq(full_magazines(), 3, "the working set");
	cr_assert_geq(unused(SIZE_MAX), 3 * ROUNDS, "but no longer");
	fixture_fini(&fix, 0);
}

Test(unused, gives_no_more_than_its_budget_and_the_rest_the_next_time)
{
	size_t before, given = 0;

	burst(0, BURST);
	burst(1, 3);
	before = cached();
	unused(0);
	cr_assert_eq(unused(0), 0);
	cr_assert_eq(cached(), before);
	for (size_t turn = 0; turn < 2 * before; turn++)
		given += unused(1);
	cr_assert_eq(given, before);
	fixture_fini(&fix, 0);
}

/* A magazine of so many frames in the depot, and nothing else anywhere. */
static void leave_one_magazine(size_t count)
{
	struct fmag_magazine *magazine;

	fixture_play(&fix, CPUS);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, count), count);
	unused(SIZE_MAX);
	unused(SIZE_MAX);
	cr_assert_eq(cached(), 0);
	magazine = fmag_depot_get_room(depot(), 0);
	fmag_magazine_add(magazine, depot()->capacity, frames, count);
	fmag_depot_put(depot(), 0, magazine);
}

/* A small budget needs a magazine often: that alone must not keep it. */
Test(unused, what_it_takes_out_and_puts_back_itself_is_not_used)
{
	fixture_fini(&fix, 0);
	make_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES), 10 * ROUNDS);
	leave_one_magazine(5 * ROUNDS);
	unused(1);
	for (size_t turn = 0; turn < 4 * ROUNDS; turn++)
		cr_assert_eq(unused(1), 1, "turn %zu", turn);
	fixture_fini(&fix, 0);
}

Test(unused, frames_that_no_full_magazine_has_go_too)
{
	burst(0, 3);
	burst(CPUS, 1); /* no slot: it leaves a partial magazine */
	cr_assert_not_null(fmag_stack_peek(&depot()->first.partial));
	unused(SIZE_MAX);
	unused(SIZE_MAX);
	cr_assert_eq(cached(), 0);
	fixture_fini(&fix, 0);
}

Test(unused, a_cpu_whose_slot_is_busy_gives_its_previous_magazine)
{
	struct fmag_slot *slot = fmag_front_slot(&fix.cache->front, 0);
	size_t loaded;

	burst(0, 2 * ROUNDS);
	slot->claim.word |= 1; /* its holder stands still */
	loaded = fmag_magazine_rounds(slot->claim.loaded);
	cr_assert_gt(loaded, 0);
	unused(SIZE_MAX);
	unused(SIZE_MAX);
	cr_assert_eq(cached(), loaded, "G3: nobody waited for it");
	slot->claim.word &= ~(uint64_t)1;
	fixture_fini(&fix, 0);
}

Test(unused, the_cache_works_on_after_it)
{
	burst(0, BURST);
	for (unsigned turn = 0; turn < 20; turn++) {
		burst(turn % CPUS, BURST);
		unused(turn % 3 == 0 ? SIZE_MAX : 5);
	}
	fixture_fini(&fix, 0);
}

#if FMAG_HAS_RSEQ_

Test(unused, a_cpu_without_frames_is_not_interrupted)
{
	fixture_fini(&fix, 0);
	make(FMAG_FRONT_RSEQ);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		burst(cpu, 3);
	barriers = 0;
	unused(SIZE_MAX);
	cr_assert_eq(barriers, 0, "nor one at work");
	unused(SIZE_MAX);
	cr_assert_eq(barriers, CPUS);
	unused(SIZE_MAX);
	unused(SIZE_MAX);
	cr_assert_eq(barriers, CPUS);
	fixture_fini(&fix, 0);
}

#endif
