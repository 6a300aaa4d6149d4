/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accounts: charged, refused, given back. One thread plays every CPU.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "account/word.h"
#include "support/each_front.h"
#include "support/fixture.h"

#define ROUNDS    16
#define CPUS      3
#define MAGAZINES 32
#define FRAMES    1024
#define LIMIT     200

static struct fixture fix;
static struct fmag_account *account;
static fmag_hpa_t frames[FRAMES + 1];

static void make_with(enum fmag_front_kind front,
	struct test_hal_options options, uint64_t limit)
{
	struct fmag_config config =
		fixture_config(&fix, CPUS, ROUNDS, MAGAZINES);

	fixture_init_on(&fix, front, options, &config);
	cr_assert_eq(fmag_account_create(&account, fix.cache, limit), FMAG_OK);
}

static void make(void)
{
	make_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES), LIMIT);
}

/* The VM owes nothing, nor does anybody else. */
static void finish(void)
{
	cr_assert_eq(fmag_account_destroy(account), 0);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

/* Where a fault was expected. */
static void finish_after(enum fmag_fault_kind kind)
{
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, kind);
	cr_assert_not_null(fix.last_fault.message);
	fix.faults = 0;
	finish();
}

/* A CPU's word, or, of CPU CPUS, the shared one. */
static uint64_t word(unsigned cpu)
{
	return *(uint64_t *)(void *)((char *)account +
		(1 + cpu) * FMAG_ACCOUNT_ALIGN);
}

static uint64_t used(void)
{
	return fmag_account_used(account);
}

static size_t take(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		frames[i] = fmag_account_alloc_frame(account);
		if (frames[i] == FMAG_HPA_NONE)
			return i;
	}
	return count;
}

static void give(size_t count)
{
	for (size_t i = 0; i < count; i++)
		fmag_account_dealloc_frame(account, frames[i]);
}

/* A frame a CPU, by turns. */
static size_t take_by_turns(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fixture_play(&fix, (unsigned)i % CPUS);
		frames[i] = fmag_account_alloc_frame(account);
		if (frames[i] == FMAG_HPA_NONE)
			return i;
	}
	return count;
}

/* The limit. */

TEST_ON_EACH_PLAYED_FRONT(
	account_limit, is_what_the_vm_can_have_and_no_more, .timeout = 60)
{
	for (uint64_t limit = 0; limit < LIMIT; limit += 1 + limit / 3) {
		make_with(front, fixture_hal_options(FRAMES), limit);
		cr_assert_eq(take_by_turns(FRAMES), limit);
		cr_assert_eq(used(), limit);
		for (unsigned cpu = 0; cpu <= CPUS; cpu++)
			cr_assert_eq(fmag_account_alloc_frame(account),
				FMAG_HPA_NONE, "on CPU %u", cpu);
		give(limit);
		cr_assert_eq(used(), 0);
		fix.faults = 0; /* on owner: CPU CPUS */
		finish();
	}
}
TEST_ON_OWNER(account_limit, is_what_the_vm_can_have_and_no_more, .timeout = 60)

TestSuite(account, .init = make);

/* Freed on each CPU in turn, so that some lies on each. */
Test(account, credit_on_any_cpu_is_found_from_any_other)
{
	for (unsigned from = 0; from <= CPUS; from++) {
		for (unsigned to = 0; to <= CPUS; to++) {
			fixture_play(&fix, from);
			cr_assert_eq(take(LIMIT), LIMIT);
			give(1);
			cr_assert_eq(used(), LIMIT - 1);
			fixture_play(&fix, to);
			frames[0] = fmag_account_alloc_frame(account);
			cr_assert_neq(
				frames[0], FMAG_HPA_NONE, "%u to %u", from, to);
			cr_assert_eq(fmag_account_alloc_frame(account),
				FMAG_HPA_NONE);
			give(LIMIT);
		}
	}
	finish();
}

Test(account, one_vm_does_not_have_anothers_frames)
{
	struct fmag_account *mine = account, *other;

	cr_assert_eq(fmag_account_create(&other, fix.cache, 5), FMAG_OK);
	cr_assert_eq(take(FRAMES), LIMIT);
	account = other;
	cr_assert_eq(fmag_account_alloc_frames(other, frames + LIMIT, 9), 5);
	cr_assert_eq(fmag_account_used(mine), LIMIT);
	cr_assert_eq(fmag_account_used(other), 5);
	fmag_account_dealloc_frames(other, frames + LIMIT, 5);
	cr_assert_eq(fmag_account_destroy(other), 0);
	account = mine;
	give(LIMIT);
	finish();
}

Test(account, a_hit_touches_no_word_but_its_cpus)
{
	uint64_t words[CPUS + 1];

	give(take(3));
	for (unsigned cpu = 0; cpu <= CPUS; cpu++)
		words[cpu] = word(cpu);
	cr_assert_gt(fmag_credits(words[0]), 3, "it was charged with a batch");
	for (unsigned turn = 0; turn < 1000; turn++)
		give(take(3));
	for (unsigned cpu = 1; cpu <= CPUS; cpu++)
		cr_assert_eq(word(cpu), words[cpu]);
	finish();
}

Test(account, a_cpu_that_only_frees_keeps_two_batches)
{
	cr_assert_eq(take(LIMIT), LIMIT);
	fixture_play(&fix, 1);
	for (size_t i = 0; i < LIMIT; i++) {
		fmag_account_dealloc_frame(account, frames[i]);
		cr_assert_leq(fmag_credits(word(1)), 2 * FMAG_ACCOUNT_BATCH);
	}
	cr_assert_geq(fmag_credits(word(CPUS)), LIMIT - 2 * FMAG_ACCOUNT_BATCH);
	finish();
}

/* No memory. */

Test(account, g1_an_alloc_that_finds_no_memory_is_not_charged)
{
	finish();
	make_with(FMAG_FRONT_CLAIM, fixture_hal_options(20), LIMIT);
	cr_assert_eq(take(FRAMES), 20);
	cr_assert_eq(used(), 20);
	cr_assert_eq(fmag_account_alloc_frames(account, frames + 20, 7), 0);
	cr_assert_eq(used(), 20);
	give(20);
	cr_assert_eq(fmag_account_alloc_frames(account, frames, 70), 20);
	cr_assert_eq(used(), 20);
	fmag_account_dealloc_frames(account, frames, 20);
	finish();
}

/* Whichever of the HAL's calls it is. */
Test(account, whichever_call_of_the_hal_fails_the_count_is_right)
{
	finish();
	for (size_t call = 1; call <= 12; call++) {
		struct test_hal_options options = fixture_hal_options(30);
		size_t count;

		options.bulk = call % 2 == 0;
		make_with(FMAG_FRONT_CLAIM, options, 10);
		fix.hal.fail_call = call;
		count = take(8);
		cr_assert_eq(used(), count);
		cr_assert_eq(
			fixture_stats(&fix).frames_with_callers, count, "G1");
		give(count);
		cr_assert_eq(take(FRAMES), 10);
		give(10);
		finish();
	}
}

/* Many, and other verbs. */

Test(account, many_at_once_are_as_many_as_the_limit_allows)
{
	cr_assert_eq(fmag_account_alloc_frames(account, frames, 0), 0);
	cr_assert_eq(fmag_account_alloc_frames(account, frames, 150), 150);
	fixture_play(&fix, 1);
	cr_assert_eq(fmag_account_alloc_frames(account, frames + 150, 150), 50);
	cr_assert_eq(used(), LIMIT);
	fixture_play(&fix, 2);
	fmag_account_dealloc_frames(account, frames, 0);
	fmag_account_dealloc_frames(account, frames, 199);
	cr_assert_eq(used(), 1);
	fmag_account_dealloc_frames(account, frames + 199, 1);
	finish();
}

Test(account, a_charge_is_all_or_nothing)
{
	cr_assert_eq(take_by_turns(90), 90);
	cr_assert_eq(
		fmag_account_charge(account, LIMIT - 89), FMAG_ERR_NO_MEMORY);
	cr_assert_eq(used(), 90);
	cr_assert_eq(
		fmag_account_charge(account, UINT64_MAX), FMAG_ERR_NO_MEMORY);
	cr_assert_eq(fmag_account_charge(account, LIMIT - 90), FMAG_OK);
	cr_assert_eq(used(), LIMIT);
	cr_assert_eq(fmag_account_charge(account, 0), FMAG_OK);
	cr_assert_eq(fmag_account_charge(account, 1), FMAG_ERR_NO_MEMORY);
	fmag_account_uncharge(account, 0);
	fmag_account_uncharge(account, LIMIT - 90);
	give(90);
	finish();
}

Test(account, a_run_is_charged_by_its_frames)
{
	fmag_hpa_t run;

	cr_assert_eq(fmag_account_charge(account, 128), FMAG_OK);
	run = fmag_alloc_contiguous(fix.cache, 128, TEST_HAL_FRAME_SIZE);
	cr_assert_neq(run, FMAG_HPA_NONE);
	cr_assert_eq(take(FRAMES), LIMIT - 128);
	fmag_dealloc_contiguous(fix.cache, run, 128);
	fmag_account_uncharge(account, 128);
	give(LIMIT - 128);
	finish();
}

/* A changed limit. */

Test(account, a_limit_that_is_raised_gives_room_at_once)
{
	cr_assert_eq(take(FRAMES), LIMIT);
	cr_assert_eq(fmag_account_set_limit(account, LIMIT + 3), FMAG_OK);
	cr_assert_eq(used(), LIMIT);
	cr_assert_eq(fmag_account_alloc_frames(account, frames + LIMIT, 9), 3);
	give(LIMIT + 3);
	cr_assert_eq(fmag_account_set_limit(account, FMAG_ACCOUNT_MAX_LIMIT),
		FMAG_OK);
	finish();
}

Test(account, a_limit_can_be_lowered_to_what_is_charged)
{
	cr_assert_eq(take_by_turns(100), 100);
	cr_assert_eq(fmag_account_set_limit(account, 100), FMAG_OK);
	cr_assert_eq(used(), 100);
	cr_assert_eq(fmag_account_alloc_frame(account), FMAG_HPA_NONE);
	give(100);
	cr_assert_eq(fmag_account_set_limit(account, 0), FMAG_OK);
	cr_assert_eq(fmag_account_alloc_frame(account), FMAG_HPA_NONE);
	cr_assert_eq(fmag_account_set_limit(account, 0), FMAG_OK);
	finish();
}

Test(account, a_limit_below_what_is_charged_is_refused_and_nothing_changes)
{
	cr_assert_eq(take_by_turns(100), 100);
	cr_assert_eq(fmag_account_set_limit(account, 99), FMAG_ERR_INVALID);
	cr_assert_eq(fmag_account_set_limit(account, 0), FMAG_ERR_INVALID);
	cr_assert_eq(
		fmag_account_set_limit(account, FMAG_ACCOUNT_MAX_LIMIT + 1),
		FMAG_ERR_INVALID);
	cr_assert_eq(used(), 100);
	give(100);
	cr_assert_eq(take(FRAMES), LIMIT);
	give(LIMIT);
	finish();
}

/* Bad input. */

Test(account, to_give_back_what_was_never_charged_is_a_fault)
{
	frames[0] = fmag_alloc_frame(fix.cache);
	fmag_account_dealloc_frame(account, frames[0]);
	cr_assert_eq(used(), 0);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0,
		"the frame was taken all the same");
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(take(FRAMES), LIMIT, "the limit is what it was");
	give(LIMIT);
	finish_after(FMAG_FAULT_NOT_CHARGED);
}

Test(account, one_more_of_many_is_a_fault)
{
	frames[LIMIT] = fmag_alloc_frame(fix.cache);
	cr_assert_eq(take(LIMIT), LIMIT);
	fmag_account_dealloc_frames(account, frames, LIMIT + 1);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(used(), 0);
	fmag_account_uncharge(account, LIMIT);
	cr_assert_eq(fix.faults, 2);
	fmag_account_uncharge(account, UINT64_MAX);
	cr_assert_eq(fix.faults, 3);
	cr_assert_eq(take(FRAMES), LIMIT, "the limit is what it was");
	give(LIMIT);
	fix.faults = 1;
	finish_after(FMAG_FAULT_NOT_CHARGED);
}

Test(account, more_than_a_small_limit_is_a_fault_at_once)
{
	finish();
	make_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES), 2);
	cr_assert_eq(take(2), 2);
	give(2);
	fmag_account_uncharge(account, 1);
	finish_after(FMAG_FAULT_NOT_CHARGED);
}

/* The other CPU has credit, so that nobody sees it in time. */
Test(account, what_did_not_show_before_is_a_fault_at_the_end)
{
	give(take(3));
	fixture_play(&fix, 1);
	fmag_account_uncharge(account, 1);
	cr_assert_eq(fmag_account_destroy(account), 0);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_CHARGED);
	fixture_fini(&fix, 0);
}

Test(account, an_address_that_is_no_frames_stays_charged)
{
	cr_assert_eq(take(3), 3);
	fmag_account_dealloc_frame(account, frames[0] + 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	frames[3] = FMAG_HPA_NONE;
	fmag_account_dealloc_frames(account, frames + 1, 3);
	cr_assert_eq(fix.faults, 2);
	cr_assert_eq(used(), 1);
	fix.faults = 0;
	give(1);
	finish();
}

/* Beginning and end. */

Test(account, says_at_its_end_what_the_vm_owes)
{
	cr_assert_eq(take_by_turns(150), 150);
	give(75);
	cr_assert_eq(fmag_account_destroy(account), 75);
	fmag_dealloc_frames(fix.cache, frames + 75, 75);
	cr_assert_eq(fmag_account_destroy(NULL), 0);
	fixture_fini(&fix, 0);
}

#define SIZE FMAG_ACCOUNT_STORAGE_SIZE(CPUS)

Test(account, lives_in_storage_of_the_callers)
{
	static char storage[SIZE] __attribute__((aligned(FMAG_ACCOUNT_ALIGN)));
	struct fmag_account *here;

	cr_assert_eq(
		fmag_account_init(&here, storage, SIZE, fix.cache, 7), FMAG_OK);
	cr_assert_eq(fmag_account_alloc_frames(here, frames, 9), 7);
	cr_assert_eq(fmag_account_fini(here), 7);
	fmag_dealloc_frames(fix.cache, frames, 7);
	finish();
}

static enum fmag_status init(void *storage, size_t size, uint64_t limit)
{
	struct fmag_account *made = account;
	enum fmag_status status =
		fmag_account_init(&made, storage, size, fix.cache, limit);

	cr_assert(status == FMAG_OK || made == NULL);
	return status;
}

Test(account, storage_and_limits_that_make_no_sense_are_refused)
{
	static char storage[SIZE] __attribute__((aligned(FMAG_ACCOUNT_ALIGN)));
	struct fmag_account *made = account;

	cr_assert_eq(init(NULL, SIZE, 1), FMAG_ERR_INVALID);
	cr_assert_eq(init(storage + 8, SIZE, 1), FMAG_ERR_INVALID);
	cr_assert_eq(init(storage, SIZE - 1, 1), FMAG_ERR_INVALID);
	cr_assert_eq(init(storage, SIZE, FMAG_ACCOUNT_MAX_LIMIT + 1),
		FMAG_ERR_INVALID);
	cr_assert_eq(init(storage, SIZE, FMAG_ACCOUNT_MAX_LIMIT), FMAG_OK);
	cr_assert_eq(fmag_account_create(NULL, fix.cache, 1), FMAG_ERR_INVALID);
	cr_assert_eq(fmag_account_create(&made, NULL, 1), FMAG_ERR_INVALID);
	cr_assert_null(made);
	cr_assert_eq(fmag_account_create(
			     &made, fix.cache, FMAG_ACCOUNT_MAX_LIMIT + 1),
		FMAG_ERR_INVALID);
	cr_assert_null(made);
	cr_assert_eq(fmag_account_init(NULL, storage, SIZE, fix.cache, 1),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_account_init(&made, storage, SIZE, NULL, 1),
		FMAG_ERR_INVALID);
	finish();
}

/* The word: transitions of a value. */

Test(account_word, moves_with_what_comes_and_not_with_what_goes)
{
	uint64_t at = 0, seen;

	fmag_credits_add(&at, 5);
	cr_assert_eq(fmag_credits(at), 5);
	cr_assert_eq(fmag_credits_moves(at), 1);
	cr_assert_eq(fmag_credits_take(&at, 3, &seen), 3);
	cr_assert_eq(fmag_credits_take(&at, 3, &seen), 2);
	cr_assert_eq(fmag_credits_take(&at, 3, &seen), 0);
	cr_assert_eq(fmag_credits_moves(at), 1);
	fmag_credits_add(&at, FMAG_ACCOUNT_MAX_LIMIT);
	cr_assert_eq(fmag_credits(at), FMAG_ACCOUNT_MAX_LIMIT);
	cr_assert_eq(fmag_credits_moves(at), 2);
}
