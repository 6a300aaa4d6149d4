/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The route local -> depot -> HAL and back, one thread playing every CPU.
 */
#include <criterion/criterion.h>

#include "cache/cache.h"
#include "support/fixture.h"

#define ROUNDS 4

static struct fixture fix;

static void setup(void)
{
	fixture_init_simple(&fix, 256, 3, ROUNDS, 16);
}

TestSuite(route, .init = setup);

static void alloc_many(fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		frames[i] = fmag_alloc_frame(fix.cache);
		cr_assert_neq(frames[i], FMAG_HPA_NONE);
	}
}

static void dealloc_many(const fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fmag_dealloc_frame(fix.cache, frames[i]);
}

Test(route, create_takes_no_frame)
{
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	fixture_fini(&fix, 0);
}

Test(route, a_miss_takes_half_a_magazine_from_the_hal_in_one_call)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	cr_assert_eq(fix.hal.calls, 1);
	cr_assert_eq(test_hal_out(&fix.hal), ROUNDS / 2);
	cr_assert_eq(fixture_stats(&fix).frames_cached, ROUNDS / 2 - 1);
	fmag_dealloc_frame(fix.cache, frame);
	fixture_fini(&fix, 0);
}

Test(route, the_frame_freed_last_is_allocated_first)
{
	fmag_hpa_t frames[3];

	alloc_many(frames, 3);
	dealloc_many(frames, 3);
	cr_assert_eq(fmag_alloc_frame(fix.cache), frames[2]);
	cr_assert_eq(fmag_alloc_frame(fix.cache), frames[1]);
	fixture_fini(&fix, 2);
}

Test(route, a_cpu_works_within_two_magazines_without_depot_or_hal)
{
	fmag_hpa_t frames[2 * ROUNDS];
	struct fmag_cache_stats before, after;

	alloc_many(frames, 2 * ROUNDS);
	dealloc_many(frames, 2 * ROUNDS);
	before = fixture_stats(&fix);
	for (size_t i = 0; i < 20; i++) {
		alloc_many(frames, ROUNDS + 1);
		dealloc_many(frames, ROUNDS + 1);
	}
	after = fixture_stats(&fix);
	cr_assert_eq(after.hal_alloc_calls, before.hal_alloc_calls);
	cr_assert_leq(after.depot_takes, before.depot_takes + 1);
	fixture_fini(&fix, 0);
}

Test(route, a_full_magazine_reaches_another_cpu_through_the_depot)
{
	fmag_hpa_t frames[4 * ROUNDS];
	size_t calls;

	alloc_many(frames, 4 * ROUNDS);
	dealloc_many(frames, 4 * ROUNDS);
	calls = fix.hal.calls;
	fix.cpu = 1;
	alloc_many(frames, ROUNDS);
	cr_assert_eq(fix.hal.calls, calls, "the depot had a full magazine");
	dealloc_many(frames, ROUNDS);
	fixture_fini(&fix, 0);
}

Test(route, frames_of_the_depot_and_of_cpus_are_had_until_the_last)
{
	fmag_hpa_t frames[6 * ROUNDS];
	size_t count = 0;

	alloc_many(frames, 6 * ROUNDS);
	dealloc_many(frames, 6 * ROUNDS);
	fix.hal.fail_all = true;
	fix.cpu = 1;
	while (fmag_alloc_frame(fix.cache) != FMAG_HPA_NONE)
		count++;
	cr_assert_eq(count, test_hal_out(&fix.hal), "G4: not one was missed");
	fixture_fini(&fix, count);
}

Test(route, a_cpu_out_of_range_works_on_the_depot)
{
	fmag_hpa_t frames[3 * ROUNDS];

	fix.cpu = 99;
	alloc_many(frames, 3 * ROUNDS);
	dealloc_many(frames, 3 * ROUNDS);
	alloc_many(frames, 3 * ROUNDS);
	dealloc_many(frames, 3 * ROUNDS);
	cr_assert_gt(fixture_stats(&fix).depot_direct, 0);
	cr_assert_leq(fix.hal.calls, 3 * ROUNDS);
	fixture_fini(&fix, 0);
}

Test(route, an_alloc_from_the_caches_alone_never_calls_the_hal)
{
	fmag_hpa_t frame;

	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(fix.hal.calls, 0);
	frame = fmag_alloc_frame(fix.cache);
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), frame);
	fixture_fini(&fix, 1);
}

Test(route, an_exhausted_hal_gives_none_and_all_comes_back)
{
	fmag_hpa_t frames[257];
	size_t count = 0;

	while ((frames[count] = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		count++;
	cr_assert_eq(count, 256, "G4: every frame of the HAL was had");
	dealloc_many(frames, count);
	alloc_many(frames, 1);
	dealloc_many(frames, 1);
	fixture_fini(&fix, 0);
}

Test(route, a_cache_full_of_frames_gives_runs_back_to_the_hal)
{
	fmag_hpa_t frames[200];

	alloc_many(frames, 200);
	dealloc_many(frames, 200);
	cr_assert_leq(fixture_stats(&fix).frames_cached, 16 * ROUNDS);
	cr_assert_gt(fix.hal.given_back_in_bulk, 0);
	cr_assert_eq(
		fixture_stats(&fix).frames_from_hal, test_hal_out(&fix.hal));
	fixture_fini(&fix, 0);
}

Test(route, bulk_verbs_move_as_many_as_there_are)
{
	fmag_hpa_t frames[300];

	frames[256] = 42;
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 300), 256);
	cr_assert_eq(frames[256], 42, "what was not had is not written");
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 1), 0);
	fmag_dealloc_frames(fix.cache, frames, 256);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 7), 7);
	fmag_dealloc_frames(fix.cache, frames, 7);
	fixture_fini(&fix, 0);
}

Test(route, bulk_verbs_of_count_0_do_nothing)
{
	cr_assert_eq(fmag_alloc_frames(fix.cache, NULL, 0), 0);
	fmag_dealloc_frames(fix.cache, NULL, 0);
	cr_assert_eq(fix.hal.calls, 0);
	fixture_fini(&fix, 0);
}

Test(route, a_bulk_free_takes_all_but_the_bad_ones)
{
	fmag_hpa_t frames[4];

	alloc_many(frames, 3);
	frames[3] = frames[2];
	frames[2] = frames[1] + 8;
	fmag_dealloc_frames(fix.cache, frames, 4);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	cr_assert_eq(fix.last_fault.paddr, frames[2]);
	fixture_fini(&fix, 0);
}

Test(route, none_or_a_misaligned_address_given_back_is_a_fault)
{
	fmag_dealloc_frame(fix.cache, FMAG_HPA_NONE);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	fmag_dealloc_frame(fix.cache, TEST_HAL_BASE + 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	cr_assert_eq(fix.last_fault.paddr, TEST_HAL_BASE + 1);
	cr_assert_eq(fix.last_fault.cache, fix.cache);
	cr_assert_eq(fix.faults, 2);
	cr_assert_eq(fixture_stats(&fix).faults, 2);
	fixture_fini(&fix, 0);
}

Test(route, the_frame_freed_last_given_back_again_is_a_double_free)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	fmag_dealloc_frame(fix.cache, frame);
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_DOUBLE_FREE);
	cr_assert_eq(fix.last_fault.paddr, frame);
	fmag_dealloc_frames(fix.cache, &frame, 1);
	cr_assert_eq(fix.faults, 2, "by the bulk verb too");
	fixture_fini(&fix, 0);
}

Test(route, destroy_says_how_many_frames_are_still_out)
{
	fmag_hpa_t frames[5];

	alloc_many(frames, 5);
	fmag_dealloc_frame(fix.cache, frames[0]);
	fixture_fini(&fix, 4);
}

Test(route, contiguous_runs_are_the_hals_and_aligned)
{
	fmag_hpa_t run = fmag_alloc_contiguous(fix.cache, 8, 32768);

	cr_assert_neq(run, FMAG_HPA_NONE);
	cr_assert_eq(run % 32768, 0);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 8, "G1");
	cr_assert_eq(
		fmag_alloc_contiguous(fix.cache, 1000, 4096), FMAG_HPA_NONE);
	fmag_dealloc_contiguous(fix.cache, run, 8);
	fixture_fini(&fix, 0);
}

Test(route, a_contiguous_request_that_makes_no_sense_is_a_fault)
{
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 0, 4096), FMAG_HPA_NONE);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_INVALID_REQUEST);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 1, 3), FMAG_HPA_NONE);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 1, 0), FMAG_HPA_NONE);
	fmag_dealloc_contiguous(fix.cache, TEST_HAL_BASE, 0);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_INVALID_REQUEST);
	fmag_dealloc_contiguous(fix.cache, TEST_HAL_BASE + 1, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	cr_assert_eq(fix.faults, 5);
	cr_assert_eq(fix.hal.calls, 0, "the HAL was not troubled");
	fixture_fini(&fix, 0);
}

Test(route, addresses_are_translated_by_the_hal)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);
	char *memory = fmag_phys_to_virt(fix.cache, frame);

	cr_assert_eq(fmag_virt_to_phys(fix.cache, memory + 5), frame + 5);
	cr_assert_eq(fmag_virt_to_phys(fix.cache, &fix), FMAG_HPA_NONE);
	fmag_dealloc_frame(fix.cache, frame);
	fixture_fini(&fix, 0);
}

/* One cache over another: the upper's magazines, the lower's misses. */
Test(route, a_cache_is_a_hal_for_another_cache)
{
	const struct fmag_hal lower = fmag_cache_as_hal(fix.cache);
	const struct fmag_config config = fixture_config(&fix, 2, 8, 8);
	struct fmag_cache *upper;
	fmag_hpa_t frames[40], run;

	cr_assert(lower.flags & FMAG_HAL_REENTRANT);
	cr_assert_eq(lower.frame_size, TEST_HAL_FRAME_SIZE);
	cr_assert_eq(fmag_cache_create(&upper, &lower, &config), FMAG_OK);
	cr_assert_eq(fmag_alloc_frames(upper, frames, 40), 40);
	run = fmag_alloc_contiguous(upper, 2, 8192);
	cr_assert_neq(run, FMAG_HPA_NONE);
	fmag_dealloc_contiguous(upper, run, 2);
	fmag_dealloc_frames(upper, frames, 40);
	cr_assert_eq(fmag_cache_destroy(upper), 0);
	fixture_fini(&fix, 0);
}

/* Where the route leaves its magazines. */

static struct fmag_depot *depot(void)
{
	return &fix.cache->state->depot;
}

/* A full magazine in the depot for CPU 1, whose slot was never used. */
static void put_full_magazines_into_the_depot(fmag_hpa_t *frames)
{
	alloc_many(frames, 4 * ROUNDS);
	dealloc_many(frames, 4 * ROUNDS);
	fix.cpu = 1;
}

Test(route, an_alloc_puts_the_magazine_it_found_into_its_slot)
{
	fmag_hpa_t frames[4 * ROUNDS];
	struct fmag_cache_stats before;

	put_full_magazines_into_the_depot(frames);
	before = fixture_stats(&fix);
	alloc_many(frames, ROUNDS);
	cr_assert_eq(fixture_stats(&fix).depot_takes, before.depot_takes + 1);
	cr_assert_eq(fixture_stats(&fix).hal_alloc_calls,
		before.hal_alloc_calls, "all were hits but the first");
	fixture_fini(&fix, ROUNDS);
}

Test(route, a_free_puts_the_magazine_it_found_into_its_slot)
{
	fmag_hpa_t frames[ROUNDS];
	uint64_t takes;

	alloc_many(frames, ROUNDS);
	takes = fixture_stats(&fix).depot_takes;
	fix.cpu = 1;
	dealloc_many(frames, ROUNDS);
	cr_assert_eq(fixture_stats(&fix).depot_takes, takes + 1);
	alloc_many(frames, ROUNDS);
	cr_assert_eq(fixture_stats(&fix).depot_takes, takes + 1);
	fixture_fini(&fix, ROUNDS);
}

Test(route, frees_without_a_slot_top_up_one_magazine)
{
	fmag_hpa_t frames[ROUNDS - 1];

	alloc_many(frames, ROUNDS - 1);
	fix.cpu = 99;
	dealloc_many(frames, ROUNDS - 1);
	cr_assert_eq(
		fmag_magazine_rounds(fmag_stack_peek(&depot()->first.partial)),
		ROUNDS - 1, "though there were empty ones");
	fixture_fini(&fix, 0);
}

Test(route, a_free_leaves_partial_magazines_alone_where_there_are_empty_ones)
{
	fmag_hpa_t frames[2];

	alloc_many(frames, 2);
	fix.cpu = 99;
	fmag_dealloc_frame(fix.cache, frames[0]);
	fix.cpu = 1;
	fmag_dealloc_frame(fix.cache, frames[1]);
	cr_assert_not_null(fmag_stack_peek(&depot()->first.partial));
	fixture_fini(&fix, 0);
}

Test(route, a_magazine_that_takers_emptied_is_put_where_empty_ones_are)
{
	fmag_hpa_t frames[ROUNDS / 2];

	/* The whole run, so that the slot is empty. */
	alloc_many(frames, ROUNDS / 2);
	fix.cpu = 99;
	fmag_dealloc_frame(fix.cache, frames[0]);
	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), frames[0]);
	cr_assert_not_null(fmag_stack_peek(&depot()->first.partial));
	fix.cpu = 0;
	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), FMAG_HPA_NONE);
	cr_assert_null(fmag_stack_peek(&depot()->first.partial));
	fixture_fini(&fix, ROUNDS / 2);
}

Test(route, a_frame_below_a_magazine_that_takers_emptied_is_had)
{
	struct fmag_magazine *below, *top;
	fmag_hpa_t frames[2], again;
	size_t calls;

	alloc_many(frames, 2);
	calls = fix.hal.calls;
	below = fmag_depot_get_room(depot(), 0);
	top = fmag_depot_get_room(depot(), 0);
	fmag_magazine_add(below, ROUNDS, &frames[0], 1);
	fmag_magazine_add(top, ROUNDS, &frames[1], 1);
	fmag_depot_put(depot(), 0, below);
	fmag_depot_put(depot(), 0, top);
	fmag_magazine_take(top, &again, 1);
	cr_assert_eq(fmag_alloc_frame(fix.cache), frames[0]);
	cr_assert_eq(fix.hal.calls, calls, "the depot had it");
	fixture_fini(&fix, 2);
}

/* A cache without spares; four empty magazines are in slots, the rest not. */
static void put_four_magazines_into_slots(unsigned magazines)
{
	struct fmag_config config = fixture_config(&fix, 2, ROUNDS, magazines);
	struct test_hal_options options = fixture_hal_options(256);
	fmag_hpa_t frames[4 * ROUNDS];

	fixture_fini(&fix, 0);
	options.reentrant = true;
	fixture_init(&fix, options, &config);
	for (fix.cpu = 0; fix.cpu < 2; fix.cpu++)
		alloc_many(frames, 4 * ROUNDS);
	cr_assert_eq(fixture_stats(&fix).frames_cached, 0);
	cr_assert_eq(fmag_depot_has_room(depot()), magazines > 4);
	fix.cpu = 0;
}

Test(route, no_more_is_taken_from_the_hal_than_there_is_room_for)
{
	struct fmag_cache_stats before, after;
	fmag_hpa_t frame;

	put_four_magazines_into_slots(4);
	fix.cpu = 99;
	before = fixture_stats(&fix);
	alloc_many(&frame, 1);
	after = fixture_stats(&fix);
	cr_assert_eq(after.frames_from_hal, before.frames_from_hal + 1);
	cr_assert_eq(after.hal_alloc_calls, before.hal_alloc_calls + 1);
	cr_assert_eq(after.hal_dealloc_calls, before.hal_dealloc_calls);
	fixture_fini(&fix, 8 * ROUNDS + 1);
}

static struct fmag_magazine *taken_meanwhile;

static void take_the_last_room(void *ctx)
{
	(void)ctx;
	taken_meanwhile = fmag_depot_get_room(depot(), 0);
}

Test(route, what_there_is_no_room_for_any_more_goes_back_to_the_hal)
{
	fmag_hpa_t frame;

	put_four_magazines_into_slots(5);
	fix.cpu = 99;
	fix.hal.inside_alloc = take_the_last_room;
	alloc_many(&frame, 1);
	fix.hal.inside_alloc = NULL;
	cr_assert_not_null(taken_meanwhile);
	cr_assert_eq(fixture_stats(&fix).frames_from_hal, 8 * ROUNDS + 1, "G1");
	fmag_depot_put(depot(), 0, taken_meanwhile);
	fixture_fini(&fix, 8 * ROUNDS + 1);
}

Test(route, a_frame_that_goes_to_the_hal_alone_is_no_bulk)
{
	fmag_hpa_t frame;
	size_t in_bulk, out;

	put_four_magazines_into_slots(4);
	alloc_many(&frame, 1);
	in_bulk = fix.hal.given_back_in_bulk;
	out = test_hal_out(&fix.hal);
	fix.cpu = 99;
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(test_hal_out(&fix.hal), out - 1, "no room for it");
	cr_assert_eq(fix.hal.given_back_in_bulk, in_bulk);
	fixture_fini(&fix, 8 * ROUNDS);
}

Test(route, magazines_of_many_runs_move_a_run_at_a_time)
{
	static fmag_hpa_t frames[2000];

	fixture_fini(&fix, 0);
	fixture_init_simple(&fix, 2000, 1, 300, 4);
	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	cr_assert_eq(test_hal_out(&fix.hal), 64, "FMAG_HAL_RUN");
	alloc_many(frames, 2000);
	dealloc_many(frames, 2000);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}
