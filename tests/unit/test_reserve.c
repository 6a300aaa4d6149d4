/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reserves: topped up, used, parked and taken back. One thread plays every CPU.
 */
#include <criterion/criterion.h>

#include "support/each_front.h"
#include "support/fixture.h"

#define ROUNDS    16
#define CPUS      3
#define MAGAZINES 32
#define FRAMES    256
#define HELD      10

static struct fixture fix;
static struct fmag_reserve reserve;
static fmag_hpa_t frames[FRAMES], held[FMAG_RESERVE_MAX];

static void make_with(enum fmag_front_kind front,
	struct test_hal_options options, unsigned rounds, unsigned magazines)
{
	struct fmag_config config =
		fixture_config(&fix, CPUS, rounds, magazines);

	fixture_init_on(&fix, front, options, &config);
	fmag_reserve_init(&reserve, fix.cache);
}

static void make_on(enum fmag_front_kind front)
{
	make_with(front, fixture_hal_options(FRAMES), ROUNDS, MAGAZINES);
}

static void make(void)
{
	make_on(FMAG_FRONT_CLAIM);
}

/* The reserve ends, and then the cache, of which nobody has a frame. */
static void finish(void)
{
	fmag_reserve_fini(&reserve);
	fixture_fini(&fix, 0);
}

static void top_up(size_t count)
{
	cr_assert_eq(fmag_reserve_topup(&reserve, count), FMAG_OK);
	cr_assert_geq(fmag_reserve_count(&reserve), count);
}

/* All that anyone can get. */
static size_t take_all(void)
{
	size_t count = 0;
	fmag_hpa_t frame;

	while ((frame = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		frames[count++] = frame;
	return count;
}

static void give(size_t count)
{
	fmag_dealloc_frames(fix.cache, frames, count);
}

/* The frames that it has, which stay there. */
static void note_held(void)
{
	memcpy(held, reserve.frames, reserve.count * sizeof(*held));
}

/* G1, by the cache's count and by the HAL's, where `ours` are out. */
static void check_counts(size_t ours)
{
	struct fmag_cache_stats stats = fixture_stats(&fix);

	cr_assert_eq(stats.frames_from_hal, test_hal_out(&fix.hal), "G1");
	cr_assert_eq(stats.frames_with_callers, ours, "G1");
	cr_assert_eq(stats.frames_cached, test_hal_out(&fix.hal) - ours, "G1");
}

/* Held. */

TestSuite(reserve, .init = make);

Test(reserve, after_a_topup_as_many_allocations_cannot_fail)
{
	top_up(HELD);
	fix.hal.fail_all = true;
	fixture_play(&fix, 1);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	for (size_t i = 0; i < HELD; i++) {
		frames[i] = fmag_reserve_alloc(&reserve);
		cr_assert_neq(frames[i], FMAG_HPA_NONE);
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(frames[i], frames[j], "G2");
	}
	cr_assert_eq(fmag_reserve_count(&reserve), 0);
	give(HELD);
	finish();
}

Test(reserve, an_allocation_calls_neither_cache_nor_hal)
{
	size_t calls, cached;

	top_up(HELD);
	calls = fix.hal.calls;
	cached = fixture_stats(&fix).frames_cached;
	for (size_t i = 0; i < HELD; i++)
		frames[i] = fmag_reserve_alloc(&reserve);
	cr_assert_eq(fix.hal.calls, calls);
	cr_assert_eq(fixture_stats(&fix).frames_cached, cached);
	give(HELD);
	finish();
}

Test(reserve, g1_what_it_holds_counts_as_with_callers)
{
	top_up(HELD);
	check_counts(HELD);
	frames[0] = fmag_reserve_alloc(&reserve);
	check_counts(HELD);
	give(1);
	check_counts(HELD - 1);
	finish();
}

Test(reserve, a_topup_gets_only_what_is_missing)
{
	top_up(HELD);
	note_held();
	top_up(HELD + 3);
	cr_assert_eq(fmag_reserve_count(&reserve), HELD + 3);
	cr_assert_arr_eq(reserve.frames, held, HELD * sizeof(*held));
	top_up(1);
	cr_assert_eq(fmag_reserve_count(&reserve), HELD + 3, "never less");
	top_up(0);
	finish();
}

Test(reserve, holds_as_many_as_it_has_room_for_and_no_more)
{
	top_up(FMAG_RESERVE_MAX);
	cr_assert_eq(fmag_reserve_topup(&reserve, FMAG_RESERVE_MAX + 1),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_reserve_topup(&reserve, SIZE_MAX), FMAG_ERR_INVALID);
	cr_assert_eq(fmag_reserve_count(&reserve), FMAG_RESERVE_MAX);
	finish();
}

Test(reserve, a_topup_is_all_or_nothing_where_there_is_no_memory)
{
	size_t rest;

	top_up(3);
	note_held();
	rest = take_all();
	cr_assert_eq(rest, FRAMES - 3);
	give(2);
	cr_assert_eq(fmag_reserve_topup(&reserve, 6), FMAG_ERR_NO_MEMORY);
	cr_assert_eq(fmag_reserve_count(&reserve), 3);
	cr_assert_arr_eq(reserve.frames, held, 3 * sizeof(*held));
	check_counts(FRAMES - 2);
	top_up(5);
	fmag_dealloc_frames(fix.cache, frames + 2, rest - 2);
	finish();
}

/* Whichever of the HAL's calls it is. */
Test(reserve, a_topup_is_all_or_nothing_where_a_call_of_the_hal_fails)
{
	finish();
	for (size_t call = 1; call <= 4; call++) {
		struct test_hal_options options = fixture_hal_options(8);

		options.bulk = false;
		make_with(FMAG_FRONT_CLAIM, options, 2, MAGAZINES);
		fix.hal.fail_call = call;
		if (fmag_reserve_topup(&reserve, 8) != FMAG_OK) {
			cr_assert_eq(fmag_reserve_count(&reserve), 0);
			check_counts(0);
		}
		top_up(8);
		finish();
	}
}

static enum fmag_status status_in_handler;

static void top_up_in_a_handler(void *ctx)
{
	(void)ctx;
	status_in_handler = fmag_reserve_topup(&reserve, HELD);
	fmag_reserve_park(&reserve);
}

Test(reserve, g6_a_handler_that_may_not_call_the_hal_has_what_is_cached)
{
	fmag_hpa_t run;

	fix.hal.inside_alloc = top_up_in_a_handler;
	run = fmag_alloc_contiguous(fix.cache, 1, TEST_HAL_FRAME_SIZE);
	cr_assert_eq(status_in_handler, FMAG_ERR_NO_MEMORY);
	fix.hal.inside_alloc = NULL;
	give(fmag_alloc_frames(fix.cache, frames, HELD));
	fix.hal.inside_alloc = top_up_in_a_handler;
	frames[0] = fmag_alloc_contiguous(fix.cache, 1, TEST_HAL_FRAME_SIZE);
	fix.hal.inside_alloc = NULL;
	cr_assert_eq(status_in_handler, FMAG_OK);
	cr_assert_eq(fix.faults, 0);
	fmag_dealloc_contiguous(fix.cache, frames[0], 1);
	fmag_dealloc_contiguous(fix.cache, run, 1);
	finish();
}

/* Bad input. */

static void expect_fault(enum fmag_fault_kind kind)
{
	unsigned before = fix.faults;

	cr_assert_eq(fmag_reserve_alloc(&reserve), FMAG_HPA_NONE);
	cr_assert_eq(fix.faults, before + 1);
	cr_assert_eq(fix.last_fault.kind, kind);
	cr_assert_not_null(fix.last_fault.message);
}

Test(reserve, to_take_more_than_was_promised_is_a_fault)
{
	expect_fault(FMAG_FAULT_RESERVE_EMPTY);
	top_up(1);
	frames[0] = fmag_reserve_alloc(&reserve);
	expect_fault(FMAG_FAULT_RESERVE_EMPTY);
	give(1);
	finish();
}

Test(reserve, to_take_from_a_parked_one_is_a_fault_and_nothing_is_lost)
{
	top_up(HELD);
	fmag_reserve_park(&reserve);
	expect_fault(FMAG_FAULT_RESERVE_PARKED);
	check_counts(0);
	top_up(HELD);
	cr_assert_neq(frames[0] = fmag_reserve_alloc(&reserve), FMAG_HPA_NONE);
	give(1);
	finish();
}

/* As a forked child finds it. */
Test(reserve, in_a_forked_child_its_frames_are_the_parents)
{
	struct fmag_reserve childs;

	top_up(HELD);
	childs = reserve;
	fix.cache->state->live = 0;
	expect_fault(FMAG_FAULT_USED_AFTER_FORK);
	cr_assert_eq(fmag_reserve_topup(&childs, HELD), FMAG_ERR_NO_MEMORY);
	fmag_reserve_park(&childs);
	fmag_reserve_fini(&childs);
	fix.cache->state->live = 1;
	check_counts(HELD);
	finish();
}

/* Parked. */

Test(reserve, g1_what_it_parked_counts_as_cached)
{
	top_up(HELD);
	fmag_reserve_park(&reserve);
	cr_assert_eq(fmag_reserve_count(&reserve), 0);
	check_counts(0);
	fmag_reserve_park(&reserve);
	check_counts(0);
	finish();
}

static bool was_held(fmag_hpa_t frame)
{
	for (size_t i = 0; i < HELD; i++) {
		if (held[i] == frame)
			return true;
	}
	return false;
}

/* Whose own magazines are empty, and the depot, but not the HAL. */
TEST_ON_EACH_PLAYED_FRONT(
	parked, others_leave_it_while_the_hal_has_another_frame, .timeout = 60)
{
	size_t got;

	make_on(front);
	top_up(HELD);
	note_held();
	fmag_reserve_park(&reserve);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		got = (FRAMES - HELD - CPUS * ROUNDS) / CPUS;
		cr_assert_eq(
			fmag_alloc_frames(fix.cache, frames + cpu * got, got),
			got);
	}
	for (size_t i = 0; i < CPUS * got; i++)
		cr_assert_not(was_held(frames[i]), "it was parked");
	fixture_play(&fix, 0);
	top_up(HELD);
	cr_assert_arr_eq(reserve.frames, held, HELD * sizeof(*held),
		"the vCPU has its own again");
	give(CPUS * got);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	parked, g4_an_alloc_that_would_fail_finds_it, .timeout = 60)
{
	make_on(front);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, 0);
		top_up(HELD);
		fmag_reserve_park(&reserve);
		fmag_cpu_drain(fix.cache, 0); /* its CPU alone, on owner */
		fixture_play(&fix, cpu);
		cr_assert_eq(take_all(), FRAMES, "G4: on CPU %u", cpu);
		give(FRAMES);
		fmag_cpu_drain(fix.cache, cpu);
	}
	cr_assert_eq(fix.faults, 0);
	finish();
}
TEST_ON_OWNER(parked, g4_an_alloc_that_would_fail_finds_it, .timeout = 60)

Test(reserve, an_alloc_that_leaves_the_hal_alone_finds_it_too)
{
	top_up(1);
	note_held();
	fmag_cache_drain(fix.cache, SIZE_MAX);
	fmag_reserve_park(&reserve);
	frames[0] = fmag_alloc_frame_cached(fix.cache);
	cr_assert_eq(frames[0], held[0]);
	give(1);
	finish();
}

Test(reserve, the_next_topup_takes_back_what_is_left_and_gets_the_rest)
{
	size_t count;

	top_up(HELD);
	note_held();
	fmag_reserve_park(&reserve);
	count = fmag_alloc_frames(fix.cache, frames, FRAMES - HELD + 4);
	cr_assert_eq(count, FRAMES - HELD + 4);
	give(4);
	top_up(HELD);
	cr_assert_eq(fmag_reserve_count(&reserve), HELD);
	cr_assert_arr_eq(reserve.frames, held, (HELD - 4) * sizeof(*held));
	fmag_dealloc_frames(fix.cache, frames + 4, count - 4);
	finish();
}

Test(reserve, a_topup_of_a_parked_one_may_fail_and_it_stays_parked)
{
	size_t count;

	top_up(HELD);
	fmag_reserve_park(&reserve);
	count = fmag_alloc_frames(fix.cache, frames, FRAMES - HELD + 4);
	cr_assert_eq(fmag_reserve_topup(&reserve, HELD), FMAG_ERR_NO_MEMORY);
	expect_fault(FMAG_FAULT_RESERVE_PARKED);
	check_counts(count);
	top_up(HELD - 4);
	cr_assert_eq(fmag_reserve_count(&reserve), HELD - 4);
	cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE);
	give(count);
	finish();
}

Test(reserve, a_topup_of_nothing_takes_back_what_is_left)
{
	top_up(HELD);
	fmag_reserve_park(&reserve);
	top_up(0);
	cr_assert_eq(fmag_reserve_count(&reserve), HELD);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	fmag_reserve_park(&reserve);
	give(take_all());
	top_up(0);
	finish();
}

Test(reserve, may_be_parked_while_it_is_empty)
{
	fmag_reserve_park(&reserve);
	expect_fault(FMAG_FAULT_RESERVE_PARKED);
	top_up(HELD);
	finish();
}

Test(reserve, parks_and_wakes_on_different_cpus)
{
	for (unsigned turn = 0; turn < 4 * MAGAZINES; turn++) {
		fixture_play(&fix, turn % CPUS);
		top_up(1 + turn % FMAG_RESERVE_MAX);
		fixture_play(&fix, turn / CPUS % (CPUS + 1));
		fmag_reserve_park(&reserve);
		check_counts(0);
	}
	finish();
}

/* Where there is no place. */

Test(reserve, what_no_magazine_has_room_for_is_freed)
{
	finish();
	make_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES), 4, MAGAZINES);
	top_up(HELD);
	fmag_reserve_park(&reserve);
	check_counts(0);
	cr_assert_eq(fmag_magazine_rounds(reserve.parked), 4);
	top_up(HELD);
	finish();
}

Test(reserve, where_there_is_no_empty_magazine_its_frames_are_freed)
{
	struct fmag_magazine *taken[MAGAZINES];
	struct fmag_depot *depot = &fix.cache->state->depot;
	size_t count = 0;

	top_up(HELD);
	while ((taken[count] = fmag_depot_get_empty(depot, 0)) != NULL)
		count++;
	fmag_reserve_park(&reserve);
	cr_assert_null(reserve.parked);
	check_counts(0);
	expect_fault(FMAG_FAULT_RESERVE_PARKED);
	while (count > 0)
		fmag_depot_put(depot, 0, taken[--count]);
	top_up(HELD);
	finish();
}

/* What empties a cache. */

Test(reserve, a_drain_gives_what_is_parked_to_the_hal)
{
	top_up(HELD);
	fmag_reserve_park(&reserve);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	top_up(HELD);
	finish();
}

Test(reserve, a_trim_leaves_what_is_parked)
{
	top_up(HELD);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	fmag_reserve_park(&reserve);
	for (unsigned turn = 0; turn < 4; turn++)
		fmag_cache_trim_unused(fix.cache, SIZE_MAX);
	cr_assert_eq(test_hal_out(&fix.hal), HELD);
	finish();
}

/* Of the first of them, and of all. */
Test(reserve, an_evacuation_gives_what_is_parked_of_its_range_to_the_hal)
{
	fmag_hpa_t frame;

	top_up(HELD);
	frame = reserve.frames[HELD / 2];
	fmag_reserve_park(&reserve);
	cr_assert_eq(fmag_cache_evacuate(
			     fix.cache, frame, TEST_HAL_FRAME_SIZE, SIZE_MAX),
		FMAG_OK);
	cr_assert_eq(fix.hal.is_out[test_hal_index(&fix.hal, frame)], 0);
	check_counts(0);
	top_up(HELD);
	check_counts(HELD);
	finish();
}

Test(reserve, what_is_parked_in_an_evacuated_range_goes_to_the_hal_at_once)
{
	fmag_hpa_t frame;

	top_up(HELD);
	frame = reserve.frames[HELD / 2];
	cr_assert_eq(fmag_cache_evacuate(
			     fix.cache, frame, TEST_HAL_FRAME_SIZE, SIZE_MAX),
		FMAG_OK);
	fmag_reserve_park(&reserve);
	cr_assert_eq(fix.hal.is_out[test_hal_index(&fix.hal, frame)], 0);
	check_counts(0);
	finish();
}

/* Ends. */

Test(reserve, gives_all_back_at_its_end)
{
	top_up(HELD);
	fmag_reserve_fini(&reserve);
	check_counts(0);
	fmag_reserve_fini(&reserve);
	top_up(HELD);
	fmag_reserve_park(&reserve);
	fmag_reserve_fini(&reserve);
	check_counts(0);
	expect_fault(FMAG_FAULT_RESERVE_EMPTY);
	finish();
}

Test(reserve, the_caches_end_gives_back_what_is_parked_and_counts_what_is_held)
{
	struct fmag_reserve other;

	fmag_reserve_init(&other, fix.cache);
	cr_assert_eq(fmag_reserve_topup(&other, 3), FMAG_OK);
	top_up(HELD);
	fmag_reserve_park(&reserve);
	cr_assert_eq(fmag_cache_destroy(fix.cache), 3);
	cr_assert_eq(test_hal_out(&fix.hal), 3, "G1");
	test_hal_fini(&fix.hal);
}

/* Several nodes: a parked frame belongs to its own when it comes back. */

static unsigned node_of_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	return cpu % 2;
}

static unsigned node_of_frame(void *hook_ctx, fmag_hpa_t frame)
{
	(void)hook_ctx;
	return test_hal_node(&fix.hal, frame);
}

Test(reserve, parks_on_a_node_that_has_no_empty_magazine_left)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct fmag_config config =
		fixture_config(&fix, CPUS, ROUNDS, MAGAZINES);
	struct fmag_depot *depot;
	struct fmag_magazine *taken[MAGAZINES];
	size_t count = 0;

	finish();
	options.nodes = config.node_count = 2;
	config.node_of_cpu = node_of_cpu;
	config.node_of_frame = node_of_frame;
	fixture_init(&fix, options, &config);
	fmag_reserve_init(&reserve, fix.cache);
	top_up(HELD);
	depot = &fix.cache->state->depot;
	while (depot->first.empty.ck.head != NULL)
		taken[count++] = fmag_depot_get_empty(depot, 0);
	fmag_reserve_park(&reserve);
	cr_assert_not_null(reserve.parked, "the other node's");
	while (count > 0)
		fmag_depot_put(depot, 0, taken[--count]);
	fmag_reserve_fini(&reserve);
	check_counts(0);
	finish();
}
