/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "magazine/magazine.h"

#define CAPACITY 4

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
	fmag_magazine_enter_slot(magazine, CAPACITY);
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
	cr_assert_eq(fmag_word_period(word) * FMAG_WORD_PERIOD, moves);
	word = fmag_word_left(word);
	cr_assert_not(fmag_word_is_local(word));
	cr_assert_eq(fmag_word_rounds(word), 5);
	cr_assert_gt(fmag_word_moves(word), moves);
	cr_assert_gt(fmag_word_period(fmag_word_entered(word)),
		fmag_word_period(word));
}

Test(word, the_largest_magazine_fits_and_does_not_reach_the_mode)
{
	uint64_t word = fmag_word_added(0, FMAG_MAX_MAGAZINE_ROUNDS);

	cr_assert_eq(fmag_word_rounds(word), FMAG_MAX_MAGAZINE_ROUNDS);
	cr_assert_not(fmag_word_is_local(word));
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
	uint32_t period;
	uint64_t word = fmag_magazine_observe(magazine, &period);

	return fmag_magazine_shared_moves(word, period);
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
	fmag_magazine_enter_slot(magazine, CAPACITY);
	cr_assert_gt(shared_moves(), entered);
}

Test(magazine, who_left_the_slot_is_left_alone)
{
	uint32_t period;
	uint64_t word;

	enter_with(1);
	word = fmag_magazine_observe(magazine, &period);
	cr_assert(fmag_magazine_advance(magazine, &word));
	cr_assert_not(fmag_magazine_advance(magazine, &word),
		"the word is another one now");
	cr_assert(fmag_magazine_leave_slot_since(magazine, period));
	cr_assert_not(fmag_magazine_leave_slot_since(magazine, period),
		"it is SHARED");
	fmag_magazine_enter_slot(magazine, CAPACITY);
	cr_assert_not(fmag_magazine_leave_slot_since(magazine, period),
		"it is LOCAL in another period");
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
	fmag_magazine_enter_slot(magazine, CAPACITY);
	fmag_magazine_leave_slot(magazine);
	cr_assert_neq(stale, magazine->word, "M2: a stay in a slot is seen");
}
