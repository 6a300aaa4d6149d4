/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of front/front.h, row by row, for the claim front.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "front/front.h"
#include "support/slot_view.h"

#define CPUS      2
#define CAPACITY  2
#define MAGAZINES 4

static struct fmag_front front;
static struct fmag_magazine *magazines[MAGAZINES];
static unsigned cpu;

static unsigned current_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return cpu;
}

static void setup(void)
{
	void *slots = aligned_alloc(128, CPUS * FMAG_CACHE_SLOT_SIZE_);

	memset(slots, 0, CPUS * FMAG_CACHE_SLOT_SIZE_);
	front = (struct fmag_front){
		.ops = &fmag_front_claim,
		.slots = slots,
		.cpu_count = CPUS,
		.capacity = CAPACITY,
		.current_cpu = current_cpu,
	};
	for (size_t i = 0; i < MAGAZINES; i++) {
		magazines[i] = aligned_alloc(64, FMAG_MAGAZINE_SIZE_(CAPACITY));
		magazines[i]->word = 0;
	}
	cpu = 0;
}

static void teardown(void)
{
	free(front.slots);
	for (size_t i = 0; i < MAGAZINES; i++)
		free(magazines[i]);
}

static fmag_hpa_t frame(size_t n)
{
	return n * 4096;
}

/* Installs magazine i with `rounds` frames 100 * i + 1, ... */
static struct fmag_magazine *install(size_t i, size_t rounds)
{
	struct fmag_magazine *displaced;

	for (size_t n = 1; n <= rounds; n++) {
		fmag_hpa_t f = frame(100 * i + n);

		cr_assert_eq(
			fmag_magazine_add(magazines[i], CAPACITY, &f, 1), 1);
	}
	cr_assert_eq(front.ops->install(&front, magazines[i], &displaced),
		FMAG_FRONT_DONE);
	return displaced;
}

/* As a holder that stopped leaves it. */
static void stop_a_holder(unsigned of_cpu)
{
	slot_view(&front, of_cpu)->state = SLOT_VIEW_BUSY;
}

TestSuite(claim_front, .init = setup, .fini = teardown);

Test(claim_front, an_empty_slot_misses_and_stays_empty)
{
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
	cr_assert_eq(front.ops->push(&front, frame(1)), FMAG_FRONT_MISS);
	cr_assert(front.ops->is_open(&front));
	cr_assert_null(install(0, 0));
}

Test(claim_front, pop_takes_the_top_of_loaded)
{
	install(0, 2);
	cr_assert_eq(front.ops->pop(&front), frame(2));
	cr_assert_eq(front.ops->pop(&front), frame(1));
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
}

Test(claim_front, pop_goes_on_with_previous_when_loaded_is_empty)
{
	install(0, 2);
	install(1, 1);
	cr_assert_eq(front.ops->pop(&front), frame(101));
	cr_assert_eq(front.ops->pop(&front), frame(2));
	cr_assert_eq(front.ops->pop(&front), frame(1));
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
}

Test(claim_front, push_goes_on_with_previous_when_loaded_is_full)
{
	install(0, 0);
	install(1, 2);
	cr_assert_eq(front.ops->push(&front, frame(7)), FMAG_FRONT_DONE);
	cr_assert_eq(front.ops->push(&front, frame(8)), FMAG_FRONT_DONE);
	cr_assert_eq(front.ops->push(&front, frame(9)), FMAG_FRONT_MISS);
	cr_assert_eq(front.ops->pop(&front), frame(8));
}

Test(claim_front, a_push_of_the_frame_on_top_is_a_repeat_and_changes_nothing)
{
	install(0, 1);
	cr_assert_eq(front.ops->push(&front, frame(1)), FMAG_FRONT_REPEAT);
	cr_assert_eq(front.ops->pop(&front), frame(1));
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
}

Test(claim_front, install_pushes_previous_out_as_a_shared_magazine)
{
	struct fmag_magazine *displaced;
	fmag_hpa_t taken;

	cr_assert_null(install(0, 1));
	cr_assert_null(install(1, 0));
	displaced = install(2, 0);
	cr_assert_eq(displaced, magazines[0]);
	cr_assert_eq(fmag_magazine_take(displaced, &taken, 1), 1);
	cr_assert_eq(taken, frame(1));
}

Test(claim_front, pop_many_empties_both_magazines)
{
	fmag_hpa_t frames[8];

	install(0, 2);
	install(1, 2);
	cr_assert_eq(front.ops->pop_many(&front, frames, 8), 4);
	cr_assert_eq(frames[0], frame(102));
	cr_assert_eq(frames[3], frame(1));
	cr_assert_eq(front.ops->pop_many(&front, frames, 8), 0);
}

Test(claim_front, push_many_fills_both_magazines_and_stops_at_a_repeat)
{
	const fmag_hpa_t frames[] = { frame(1), frame(2), frame(3), frame(4),
		frame(5) };
	const fmag_hpa_t twice[] = { frame(8), frame(8) };

	install(0, 0);
	install(1, 0);
	cr_assert_eq(front.ops->push_many(&front, frames, 5), 4);
	cr_assert_eq(front.ops->pop(&front), frame(4));
	cr_assert_eq(front.ops->push_many(&front, twice, 2), 1);
}

Test(claim_front, detach_takes_both_magazines_of_another_cpu)
{
	struct fmag_magazine *taken[2];

	install(0, 1);
	install(1, 2);
	cpu = 1;
	cr_assert_eq(front.ops->detach(&front, 0, taken), FMAG_FRONT_DONE);
	cr_assert_eq(taken[0], magazines[1]);
	cr_assert_eq(taken[1], magazines[0]);
	cr_assert_not(fmag_word_is_local(taken[0]->word));
	cpu = 0;
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
}

Test(claim_front, an_install_over_a_detached_slot_reattaches_it)
{
	struct fmag_magazine *taken[2];

	install(0, 1);
	front.ops->detach(&front, 0, taken);
	cr_assert_null(taken[1]);
	cr_assert_null(install(1, 1));
	cr_assert_eq(front.ops->pop(&front), frame(101));
}

Test(claim_front, a_stopped_holder_makes_every_operation_miss_at_once)
{
	struct fmag_magazine *taken[2];
	fmag_hpa_t frames[1] = { frame(3) };

	install(0, 1);
	stop_a_holder(0);
	cr_assert_not(front.ops->is_open(&front));
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
	cr_assert_eq(front.ops->push(&front, frame(3)), FMAG_FRONT_MISS);
	cr_assert_eq(front.ops->pop_many(&front, frames, 1), 0);
	cr_assert_eq(front.ops->push_many(&front, frames, 1), 0);
	cr_assert_eq(front.ops->install(&front, magazines[1], taken),
		FMAG_FRONT_REFUSED);
	cr_assert_not(fmag_word_is_local(magazines[1]->word),
		"F1: refused, and still the caller's to hold");
	cr_assert_eq(front.ops->detach(&front, 0, taken), FMAG_FRONT_REFUSED);
}

Test(claim_front, a_cpu_out_of_range_has_no_slot)
{
	struct fmag_magazine *displaced;

	cpu = CPUS;
	cr_assert_not(front.ops->is_open(&front));
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
	cr_assert_eq(front.ops->push(&front, frame(1)), FMAG_FRONT_MISS);
	cr_assert_eq(front.ops->install(&front, magazines[0], &displaced),
		FMAG_FRONT_REFUSED);
	cpu = (unsigned)-1;
	cr_assert_eq(front.ops->pop(&front), FMAG_HPA_NONE);
}

/* Of CPU 0's slot, since this was last asked. */
static bool has_moved(void)
{
	static uint64_t before;
	uint64_t moves = front.ops->moves(&front, 0);
	bool grown = moves > before;

	before = moves;
	return grown;
}

Test(claim_front, an_operation_on_one_frame_is_a_move_unless_a_pop_misses)
{
	front.ops->pop(&front);
	cr_assert_not(has_moved(), "a miss");
	install(0, 0);
	cr_assert(has_moved());
	front.ops->push(&front, frame(1));
	cr_assert(has_moved());
	front.ops->push(&front, frame(1));
	cr_assert(has_moved(),
		"a repeat: who saw it BUSY may not take it for empty");
	front.ops->push(&front, frame(2));
	front.ops->push(&front, frame(3));
	cr_assert(has_moved());
	cr_assert_eq(front.ops->push(&front, frame(4)), FMAG_FRONT_MISS);
	cr_assert(has_moved(), "a push that misses: the slot has frames");
	front.ops->pop(&front);
	cr_assert(has_moved());
	cr_assert_eq(front.ops->moves(&front, 1), 0, "another CPU's");
}

Test(claim_front, an_operation_on_many_frames_is_a_move_unless_a_pop_misses)
{
	fmag_hpa_t frames[] = { frame(1), frame(1) };
	struct fmag_magazine *taken[2];

	install(0, 0);
	has_moved();
	front.ops->pop_many(&front, frames, 1);
	cr_assert_not(has_moved(), "a miss");
	cr_assert_eq(front.ops->push_many(&front, frames, 2), 1);
	cr_assert(has_moved());
	cr_assert_eq(front.ops->push_many(&front, frames, 1), 0);
	cr_assert(has_moved(), "a repeat");
	cr_assert_eq(front.ops->pop_many(&front, frames, 1), 1);
	cr_assert(has_moved());
	front.ops->detach(&front, 0, taken);
	cr_assert(has_moved());
}

Test(claim_front, pop_on_takes_from_the_slot_of_the_cpu_it_names)
{
	fmag_hpa_t popped;

	install(0, 1);
	cpu = 1;
	cr_assert_eq(front.ops->pop_on(&front, 0, &popped), FMAG_FRONT_DONE);
	cr_assert_eq(popped, frame(1));
	cr_assert(has_moved());
	cr_assert_eq(front.ops->pop_on(&front, 0, &popped), FMAG_FRONT_MISS);
	cr_assert_eq(popped, FMAG_HPA_NONE);
	cr_assert_not(has_moved(), "a miss");
	cr_assert_eq(front.ops->pop_on(&front, 1, &popped), FMAG_FRONT_MISS,
		"an EMPTY one");
}

Test(claim_front, pop_on_is_refused_where_no_slot_is_to_be_had)
{
	fmag_hpa_t popped = frame(1);

	install(0, 1);
	stop_a_holder(0);
	cr_assert_eq(front.ops->pop_on(&front, 0, &popped), FMAG_FRONT_REFUSED);
	cr_assert_eq(popped, FMAG_HPA_NONE);
	cr_assert_eq(
		front.ops->pop_on(&front, CPUS, &popped), FMAG_FRONT_REFUSED);
	cr_assert_eq(front.ops->pop_on(&front, (unsigned)-1, &popped),
		FMAG_FRONT_REFUSED);
}

/* What reattaches a slot must be able to tell it from one never used. */
Test(claim_front, a_detached_slot_stays_detached_whatever_misses)
{
	const struct slot_view *slot = slot_view(&front, 0);
	struct fmag_magazine *taken[2];
	fmag_hpa_t frames[1] = { frame(1) };

	install(0, 1);
	front.ops->detach(&front, 0, taken);
	cr_assert_eq(slot->state, SLOT_VIEW_DETACHED);
	front.ops->pop(&front);
	front.ops->push(&front, frames[0]);
	front.ops->pop_many(&front, frames, 1);
	front.ops->push_many(&front, frames, 1);
	front.ops->pop_on(&front, 0, frames);
	cr_assert_eq(slot->state, SLOT_VIEW_DETACHED);
	cr_assert_eq(slot_view(&front, 1)->state, SLOT_VIEW_EMPTY);
}
