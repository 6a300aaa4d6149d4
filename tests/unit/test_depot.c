/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "depot/depot.h"

#define CAPACITY  2
#define MAGAZINES 4

static const uint32_t no_room; /* 0: there is some */

static struct fmag_depot depot;
static void *table;

static void init_with(unsigned spares)
{
	table = aligned_alloc(64, MAGAZINES * FMAG_MAGAZINE_SIZE_(CAPACITY));
	fmag_depot_init(&depot, table, MAGAZINES, CAPACITY, CAPACITY, spares);
}

static void setup(void)
{
	init_with(0);
}

static void teardown(void)
{
	free(table);
}

/* An empty magazine with frames n, n + 1, ... added, held by the test. */
static struct fmag_magazine *holding(size_t n, size_t rounds)
{
	struct fmag_magazine *magazine = fmag_depot_get_room(&depot, 0);

	for (size_t i = 0; i < rounds; i++) {
		fmag_hpa_t frame = (n + i) * 4096;

		fmag_magazine_add(magazine, CAPACITY, &frame, 1);
	}
	return magazine;
}

TestSuite(depot, .init = setup, .fini = teardown);

Test(depot, begins_with_every_magazine_empty)
{
	cr_assert_null(fmag_depot_get_frames(&depot, 0));
	for (size_t i = 0; i < MAGAZINES; i++)
		cr_assert_not_null(fmag_depot_get_room(&depot, 0));
	cr_assert_null(fmag_depot_get_room(&depot, 0));
	cr_assert_not(fmag_depot_has_room(&depot));
}

Test(depot, the_magazine_put_last_comes_out_first)
{
	struct fmag_magazine *cold = holding(1, 2), *warm = holding(3, 2);

	fmag_depot_put(&depot, 0, cold);
	fmag_depot_put(&depot, 0, warm);
	cr_assert_eq(fmag_depot_get_frames(&depot, 0), warm);
	cr_assert_eq(fmag_depot_get_frames(&depot, 0), cold);
}

Test(depot, gives_a_full_magazine_before_a_partial_one)
{
	struct fmag_magazine *full = holding(1, 2), *partial = holding(3, 1);

	fmag_depot_put(&depot, 0, full);
	fmag_depot_put(&depot, 0, partial);
	cr_assert_eq(fmag_depot_get_frames(&depot, 0), full);
	cr_assert_eq(fmag_depot_get_frames(&depot, 0), partial);
}

Test(depot, gives_an_empty_magazine_before_a_partial_one_for_room)
{
	struct fmag_magazine *partial = holding(1, 1);

	fmag_depot_put(&depot, 0, partial);
	for (size_t i = 1; i < MAGAZINES; i++)
		cr_assert_neq(fmag_depot_get_room(&depot, 0), partial);
	cr_assert_eq(fmag_depot_get_room(&depot, 0), partial);
}

Test(depot, tops_up_a_partial_magazine_before_an_empty_one)
{
	struct fmag_magazine *partial = holding(1, 1);

	fmag_depot_put(&depot, 0, partial);
	cr_assert_eq(fmag_depot_get_top_up(&depot, 0), partial);
	cr_assert_neq(fmag_depot_get_top_up(&depot, 0), NULL);
}

Test(depot, frames_are_taken_one_by_one)
{
	fmag_depot_put(&depot, 0, holding(1, 2));
	cr_assert_eq(fmag_depot_take_frame(&depot, 0), 2 * 4096);
	cr_assert_eq(fmag_depot_take_frame(&depot, 0), 1 * 4096);
	cr_assert_eq(fmag_depot_take_frame(&depot, 0), FMAG_HPA_NONE);
}

Test(depot, a_magazine_that_takers_emptied_is_found_again_as_an_empty_one)
{
	fmag_depot_put(&depot, 0, holding(1, 1));
	fmag_depot_take_frame(&depot, 0);
	cr_assert_eq(fmag_depot_take_frame(&depot, 0), FMAG_HPA_NONE);
	for (size_t i = 0; i < MAGAZINES; i++)
		cr_assert_not_null(fmag_depot_get_room(&depot, 0));
}

Test(depot, a_sweep_finds_a_frame_in_a_magazine_that_somebody_holds)
{
	struct fmag_magazine *held = holding(5, 1);
	uint64_t moves;

	cr_assert_eq(fmag_depot_take_frame(&depot, 0), FMAG_HPA_NONE);
	cr_assert_eq(fmag_depot_sweep(&depot, false, &moves), 5 * 4096);
	cr_assert_eq(fmag_magazine_rounds(held), 0);
}

Test(depot, two_sweeps_agree_only_if_nothing_moved_between_them)
{
	struct fmag_magazine *held = holding(1, 1);
	uint64_t first, second;
	fmag_hpa_t frame;

	fmag_magazine_take(held, &frame, 1);
	fmag_depot_sweep(&depot, false, &first);
	fmag_depot_sweep(&depot, false, &second);
	cr_assert_eq(first, second);

	fmag_magazine_add(held, CAPACITY, &frame, 1);
	fmag_magazine_take(held, &frame, 1);
	fmag_depot_sweep(&depot, false, &second);
	cr_assert_neq(first, second, "M3: a frame came and went");
}

Test(depot, a_sweep_leaves_magazines_in_slots_alone)
{
	struct fmag_magazine *local = holding(1, 2);
	uint64_t moves;

	fmag_magazine_enter_slot(local, CAPACITY, &no_room, 0, false);
	cr_assert_eq(fmag_depot_sweep(&depot, false, &moves), FMAG_HPA_NONE);
	cr_assert_eq(fmag_depot_count_frames(&depot), 2, "but they count");
}

static uint64_t sum_of_moves(bool is_apart)
{
	uint64_t moves;

	cr_assert_eq(fmag_depot_sweep(&depot, is_apart, &moves), FMAG_HPA_NONE);
	return moves;
}

Test(depot, a_sweep_counts_what_enters_and_leaves_slots)
{
	struct fmag_magazine *magazine = holding(1, 0);
	uint64_t before = sum_of_moves(false), after;

	fmag_magazine_enter_slot(magazine, CAPACITY, &no_room, 0, false);
	after = sum_of_moves(false);
	cr_assert_gt(after, before, "M3: it went into a slot");
	fmag_magazine_leave_slot(magazine);
	cr_assert_gt(sum_of_moves(false), after, "M3: and came out");
}

Test(depot, a_sweep_counts_what_a_cpu_within_reach_pushes)
{
	struct fmag_magazine *magazine = holding(1, 0);
	uint64_t before;

	fmag_magazine_enter_slot(magazine, CAPACITY, &no_room, 0, false);
	before = sum_of_moves(false);
	fmag_magazine_push(magazine, 4096);
	fmag_magazine_pop(magazine);
	cr_assert_gt(sum_of_moves(false), before, "M5: it came and went");
	before = sum_of_moves(false);
	fmag_magazine_pop(magazine);
	cr_assert_eq(sum_of_moves(false), before, "a pop is no move");
}

/* Nor does it find out whether its CPU is at work. */
Test(depot, a_sweep_counts_no_push_to_a_magazine_that_is_apart)
{
	struct fmag_magazine *apart = holding(1, 0), *near = holding(2, 0);
	uint64_t before, before_of_all;

	fmag_magazine_enter_slot(apart, CAPACITY, &no_room, 0, true);
	fmag_magazine_enter_slot(near, CAPACITY, &no_room, 1, false);
	before = sum_of_moves(false);
	before_of_all = sum_of_moves(true);
	fmag_magazine_push(apart, 4096);
	cr_assert_eq(sum_of_moves(false), before);
	fmag_magazine_push(near, 8192);
	cr_assert_gt(sum_of_moves(false), before);
	cr_assert_eq(sum_of_moves(true), before_of_all, "where all are");
}

Test(depot, a_frame_below_a_magazine_that_takers_emptied_is_found)
{
	struct fmag_magazine *below = holding(1, 1), *top = holding(2, 1);
	fmag_hpa_t frame;

	fmag_depot_put(&depot, 0, below);
	fmag_depot_put(&depot, 0, top);
	fmag_magazine_take(top, &frame, 1);
	cr_assert_eq(fmag_depot_take_frame(&depot, 0), 1 * 4096);
	cr_assert_eq(fmag_depot_take_frame(&depot, 0), FMAG_HPA_NONE);
}

static void setup_spare(void)
{
	init_with(1);
}

TestSuite(depot_spares, .init = setup_spare, .fini = teardown);

Test(depot_spares, an_emptied_magazine_makes_up_for_a_spare_that_was_used)
{
	struct fmag_magazine *spare, *empty;

	for (size_t i = 0; i < MAGAZINES - 1; i++)
		empty = fmag_depot_get_room(&depot, 0);
	cr_assert_null(fmag_depot_get_room(&depot, 0), "a spare is no room");
	cr_assert_not(fmag_depot_owes_spare(&depot));
	spare = fmag_depot_get_spare(&depot);
	cr_assert_not_null(spare);
	cr_assert(fmag_depot_owes_spare(&depot));
	cr_assert_null(fmag_depot_get_spare(&depot));

	fmag_depot_put(&depot, 0, empty);
	cr_assert_not(fmag_depot_owes_spare(&depot), "D4");
	cr_assert_eq(fmag_depot_get_spare(&depot), empty);
}

Test(depot_spares, a_sweep_finds_a_frame_in_each_magazine_of_the_table)
{
	for (unsigned i = 0; i < MAGAZINES; i++) {
		const fmag_hpa_t added = 4096 * (i + 1);
		uint64_t moves;

		fmag_magazine_add(
			fmag_depot_magazine(&depot, i), CAPACITY, &added, 1);
		cr_assert_eq(fmag_depot_sweep(&depot, false, &moves), added,
			"G4: in magazine %u", i);
	}
}
