/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "magazine/magazine.h"

#define CAPACITY 4

static const uint32_t no_room; /* 0: there is some */

static struct fmag_magazine *magazine;

static void setup(void)
{
	magazine = aligned_alloc(64, FMAG_MAGAZINE_SIZE_(CAPACITY));
	magazine->word = 0;
}

static void teardown(void)
{
	free(magazine);
}

static void enter_with(size_t rounds)
{
	fmag_magazine_enter_slot(magazine, CAPACITY, &no_room, 1, false);
	for (size_t i = 1; i <= rounds; i++)
		cr_assert(fmag_magazine_push(magazine, i * 4096));
}

Test(word, a_take_and_an_add_count_a_move_each)
{
	uint64_t word = fmag_word_added(0, 3);

	cr_assert_eq(fmag_word_rounds(word), 3);
	cr_assert_eq(fmag_word_moves(word), 1);
	word = fmag_word_taken(word, 2);
	cr_assert_eq(fmag_word_rounds(word), 1);
	cr_assert_eq(fmag_word_moves(word), 2);
}

Test(word, both_changes_of_mode_count_a_move_and_keep_the_rounds)
{
	uint64_t word = fmag_word_entered(fmag_word_added(0, 5)), moves;

	cr_assert(fmag_word_is_local(word));
	cr_assert_eq(fmag_word_rounds(word), 5);
	moves = fmag_word_moves(word);
	cr_assert_gt(moves, 1);
	cr_assert_eq(moves % FMAG_WORD_PERIOD, 0);
	word = fmag_word_left(word);
	cr_assert_not(fmag_word_is_local(word));
	cr_assert_eq(fmag_word_rounds(word), 5);
	cr_assert_gt(fmag_word_moves(word), moves);
	cr_assert_gt(fmag_word_moves(fmag_word_entered(word)),
		fmag_word_moves(word));
}

Test(word, the_largest_magazine_fits_and_does_not_reach_the_mode)
{
	uint64_t word = fmag_word_added(0, FMAG_MAX_MAGAZINE_ROUNDS);

	cr_assert_eq(fmag_word_rounds(word), FMAG_MAX_MAGAZINE_ROUNDS);
	cr_assert_not(fmag_word_is_local(word));
}

Test(stay, it_says_its_number_its_cpu_and_whether_it_is_apart)
{
	uint64_t word = fmag_word_entered(0);
	uint64_t stay = fmag_stay(word, FMAG_MAX_CPUS - 1, true);

	cr_assert_eq(fmag_stay_cpu(stay), FMAG_MAX_CPUS - 1);
	cr_assert(fmag_stay_is_apart(stay));
	cr_assert_not(fmag_stay_is_apart(fmag_stay(word, 3, false)));
	cr_assert_eq(fmag_stay_cpu(fmag_stay(word, 3, false)), 3);
	cr_assert_eq(fmag_magazine_shared_moves(word, stay),
		fmag_word_moves(word), "M3: its number is the word's");
}

Test(stay, two_stays_of_a_magazine_in_one_slot_are_not_the_same)
{
	uint64_t word = fmag_word_entered(0), again;

	again = fmag_word_entered(fmag_word_left(word));
	cr_assert_not(fmag_stay_is(
		fmag_stay(word, 1, false), fmag_stay(again, 1, false)));
}

Test(stay, it_is_the_same_one_when_it_is_over_and_not_over)
{
	uint64_t stay = fmag_stay(fmag_word_entered(0), 1, false);

	cr_assert(fmag_stay_is(stay, stay | FMAG_STAY_OVER));
	cr_assert(fmag_stay_is(stay | FMAG_STAY_OVER, stay));
	cr_assert_eq(fmag_stay_cpu(stay | FMAG_STAY_OVER), 1);
	cr_assert_not(fmag_stay_is(stay, stay + 1), "another CPU");
	cr_assert_not(fmag_stay_is(stay, stay | FMAG_STAY_APART));
}

TestSuite(magazine, .init = setup, .fini = teardown);

Test(magazine, frames_come_out_in_the_reverse_of_their_order)
{
	enter_with(3);
	cr_assert_eq(fmag_magazine_pop(magazine), 3 * 4096);
	cr_assert_eq(fmag_magazine_pop(magazine), 2 * 4096);
	cr_assert_eq(fmag_magazine_pop(magazine), 1 * 4096);
	cr_assert_eq(fmag_magazine_pop(magazine), FMAG_HPA_NONE);
}

Test(magazine, a_full_one_refuses_a_push_and_keeps_what_it_has)
{
	enter_with(CAPACITY);
	cr_assert_not(fmag_magazine_push(magazine, 77 * 4096));
	cr_assert_eq(fmag_magazine_pop(magazine), CAPACITY * 4096);
}

Test(magazine, a_local_push_is_a_move_of_its_own_kind_and_a_pop_is_none)
{
	uint64_t moves;

	enter_with(2);
	moves = fmag_word_moves(magazine->word);
	fmag_magazine_pop(magazine);
	cr_assert_eq(fmag_word_moves(magazine->word), moves);
	fmag_magazine_push(magazine, 4096);
	cr_assert_eq(fmag_word_moves(magazine->word), moves + 1, "M5");
}

static uint64_t shared_moves(void)
{
	uint64_t stay, word = fmag_magazine_observe(magazine, &stay);

	return fmag_magazine_shared_moves(word, stay);
}

/* However many: a sweep must not wait for a CPU that only hits. */
Test(magazine, what_a_cpu_does_in_local_mode_is_no_shared_move)
{
	uint64_t entered;

	enter_with(1);
	entered = shared_moves();
	for (unsigned i = 0; i < 200000; i++) {
		fmag_magazine_push(magazine, 4096);
		cr_assert_eq(shared_moves(), entered, "M3");
		fmag_magazine_pop(magazine);
	}
	fmag_magazine_leave_slot(magazine);
	cr_assert_gt(shared_moves(), entered + 200000);
	entered = shared_moves();
	fmag_magazine_enter_slot(magazine, CAPACITY, &no_room, 1, false);
	cr_assert_gt(shared_moves(), entered);
}

Test(magazine, who_left_the_slot_is_left_alone)
{
	uint64_t stay;

	enter_with(1);
	fmag_magazine_observe(magazine, &stay);
	cr_assert(fmag_magazine_leave_slot_since(magazine, stay));
	cr_assert_not(
		fmag_magazine_leave_slot_since(magazine, stay), "it is SHARED");
	fmag_magazine_enter_slot(magazine, CAPACITY, &no_room, 1, false);
	cr_assert_not(fmag_magazine_leave_slot_since(magazine, stay),
		"it is LOCAL in another stay");
}

Test(magazine, to_enter_a_slot_begins_the_stay_that_it_says)
{
	uint64_t stay = fmag_magazine_enter_slot(
			 magazine, 3, &no_room, 7, true),
		 seen;

	cr_assert_eq(magazine->stay, stay);
	cr_assert_eq(magazine->limit, 3);
	cr_assert_null(magazine->link.next, "M6");
	cr_assert_eq(fmag_stay_cpu(stay), 7);
	cr_assert(fmag_stay_is_apart(stay));
	cr_assert_eq(fmag_magazine_observe(magazine, &seen), magazine->word);
	cr_assert_eq(seen, stay);
}

Test(magazine, a_shared_one_is_observed_without_a_stay)
{
	uint64_t stay;

	enter_with(1);
	fmag_magazine_leave_slot(magazine);
	fmag_magazine_observe(magazine, &stay);
	cr_assert_eq(stay, 0, "the last one is no business of anyone's");
}

Test(magazine, a_stay_that_is_over_is_local_still_and_over_for_good)
{
	uint64_t stay = fmag_magazine_enter_slot(
		magazine, CAPACITY, &no_room, 1, false);
	uint64_t word = magazine->word, seen;

	cr_assert(fmag_magazine_end_stay(magazine, stay));
	cr_assert_neq(magazine->stay, stay, "M7: no slot takes it");
	cr_assert_eq(magazine->word, word);
	cr_assert(fmag_magazine_end_stay(magazine, stay), "by another, too");
	fmag_magazine_observe(magazine, &seen);
	cr_assert(fmag_magazine_end_stay(magazine, seen), "and as seen");
	cr_assert_eq(magazine->stay, stay | FMAG_STAY_OVER);
	cr_assert(fmag_magazine_leave_slot_since(magazine, stay));
}

Test(magazine, a_stay_that_is_not_the_last_is_not_ended)
{
	uint64_t first = fmag_magazine_enter_slot(
		magazine, CAPACITY, &no_room, 1, false);
	uint64_t second;

	fmag_magazine_leave_slot(magazine);
	second = fmag_magazine_enter_slot(
		magazine, CAPACITY, &no_room, 1, false);
	cr_assert_not(fmag_magazine_end_stay(magazine, first));
	cr_assert_eq(magazine->stay, second);
}

Test(magazine, a_local_push_of_many_is_a_move_and_a_pop_of_many_is_none)
{
	const fmag_hpa_t pushed[] = { 4096, 8192 };
	fmag_hpa_t popped[2];
	uint64_t moves;

	enter_with(2);
	moves = fmag_word_moves(magazine->word);
	fmag_magazine_pop_many(magazine, popped, 2);
	cr_assert_eq(fmag_word_moves(magazine->word), moves);
	fmag_magazine_push_many(magazine, pushed, 2);
	cr_assert_eq(fmag_word_moves(magazine->word), moves + 1, "M5");
}

Test(magazine, pop_many_gives_those_on_top_and_no_more_than_there_are)
{
	fmag_hpa_t frames[CAPACITY + 1] = { 0 };

	enter_with(3);
	cr_assert_eq(fmag_magazine_pop_many(magazine, frames, 2), 2);
	cr_assert_eq(frames[0], 2 * 4096);
	cr_assert_eq(frames[1], 3 * 4096);
	cr_assert_eq(fmag_magazine_pop_many(magazine, frames, 2), 1);
	cr_assert_eq(frames[0], 1 * 4096);
	cr_assert_eq(fmag_magazine_pop_many(magazine, frames, 2), 0);
}

Test(magazine, anyone_takes_frames_of_a_shared_one)
{
	const fmag_hpa_t added[] = { 4096, 8192 };
	fmag_hpa_t frame;

	cr_assert_eq(fmag_magazine_add(magazine, CAPACITY, added, 2), 2);
	cr_assert_eq(fmag_magazine_take(magazine, &frame, 1), 1);
	cr_assert_eq(frame, 8192);
	cr_assert_eq(fmag_magazine_take(magazine, &frame, 1), 1);
	cr_assert_eq(frame, 4096);
	cr_assert_eq(fmag_magazine_take(magazine, &frame, 1), 0);
}

Test(magazine, nobody_takes_frames_of_a_local_one)
{
	fmag_hpa_t frame;

	enter_with(3);
	cr_assert_eq(fmag_magazine_take(magazine, &frame, 1), 0);
	fmag_magazine_leave_slot(magazine);
	cr_assert_eq(fmag_magazine_take(magazine, &frame, 1), 1);
	cr_assert_eq(frame, 3 * 4096);
}

Test(magazine, an_add_takes_what_fits)
{
	const fmag_hpa_t added[] = { 4096, 8192, 12288, 16384, 20480 };

	cr_assert_eq(fmag_magazine_add(magazine, CAPACITY, added, 5), 4);
	cr_assert_eq(fmag_magazine_add(magazine, CAPACITY, added, 5), 0);
	cr_assert_eq(fmag_magazine_rounds(magazine), CAPACITY);
}

/* What a taker that slept since it read the word would do now. */
Test(magazine, a_swap_from_a_word_read_before_any_change_fails)
{
	const fmag_hpa_t added[] = { 4096, 8192 };
	uint64_t stale;
	fmag_hpa_t frame;

	fmag_magazine_add(magazine, CAPACITY, added, 2);
	stale = magazine->word;
	fmag_magazine_take(magazine, &frame, 1);
	fmag_magazine_add(magazine, CAPACITY, &frame, 1);
	cr_assert_eq(fmag_word_rounds(stale), 2);
	cr_assert_eq(fmag_magazine_rounds(magazine), 2);
	cr_assert_neq(stale, magazine->word, "M2: same rounds, other moves");

	stale = magazine->word;
	fmag_magazine_enter_slot(magazine, CAPACITY, &no_room, 1, false);
	fmag_magazine_leave_slot(magazine);
	cr_assert_neq(stale, magazine->word, "M2: a stay in a slot is seen");
}
