/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of front/front.h, row by row, for the claim front.
 */
#define CAPACITY 2

#include "support/front_scene.h"

static void setup(void)
{
	front_scene_make(&fmag_front_claim, (struct fmag_front){ 0 });
}

/* As a holder that stopped leaves it. */
static void stop_a_holder(unsigned of_cpu)
{
	slot(of_cpu)->claim.is_busy = 1;
}

TestSuite(claim_front, .init = setup, .fini = front_scene_end);

Test(claim_front, a_closed_slot_misses_and_stays_closed)
{
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_MISS);
	cr_assert(front->ops->has_slot(front));
	cr_assert_null(install(0, 0));
}

Test(claim_front, pop_takes_the_top_of_loaded)
{
	install(0, 2);
	cr_assert_eq(front->ops->pop(front), frame(2));
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
}

Test(claim_front, push_fills_loaded_to_its_limit)
{
	struct fmag_magazine *displaced;

	front->ops->install(front, magazines[0], 1, &displaced);
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_DONE);
	cr_assert_eq(front->ops->push(front, frame(8)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop(front), frame(7));
}

/* A CPU that fills its magazines less far than the one that filled this. */
Test(claim_front, a_magazine_beyond_its_limit_is_full)
{
	struct fmag_magazine *displaced;
	const fmag_hpa_t frames[] = { frame(1), frame(2) };

	fmag_magazine_add(magazines[0], CAPACITY, frames, 2);
	front->ops->install(front, magazines[0], 1, &displaced);
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->pop(front), frame(2));
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_MISS);
}

Test(claim_front, a_push_of_the_frame_on_top_is_a_repeat_and_changes_nothing)
{
	install(0, 1);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_REPEAT);
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
}

Test(claim_front, install_pushes_loaded_out_as_a_shared_magazine)
{
	struct fmag_magazine *displaced;
	fmag_hpa_t taken;

	cr_assert_null(install(0, 1));
	displaced = install(1, 0);
	cr_assert_eq(displaced, magazines[0]);
	cr_assert_eq(fmag_magazine_take(displaced, &taken, 1), 1);
	cr_assert_eq(taken, frame(1));
}

Test(claim_front, pop_many_takes_from_the_top)
{
	fmag_hpa_t frames[8];

	install(0, 2);
	cr_assert_eq(front->ops->pop_many(front, frames, 1), 1);
	cr_assert_eq(frames[0], frame(2));
	cr_assert_eq(front->ops->pop_many(front, frames, 8), 1);
	cr_assert_eq(frames[0], frame(1));
	cr_assert_eq(front->ops->pop_many(front, frames, 8), 0);
}

Test(claim_front, push_many_stops_at_the_limit_and_at_a_repeat)
{
	const fmag_hpa_t frames[] = { frame(1), frame(2), frame(3) };

	install(0, 0);
	cr_assert_eq(front->ops->push_many(front, frames, 3), 2);
	cr_assert_eq(front->ops->pop(front), frame(2));
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->push_many(front, frames, 1), 1);
	cr_assert_eq(front->ops->push_many(front, frames, 2), 0, "a repeat");
}

Test(claim_front, detach_takes_the_magazine_of_another_cpu)
{
	struct fmag_magazine *taken;

	install(0, 1);
	cpu = 1;
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_DONE);
	cr_assert_eq(taken, magazines[0]);
	cr_assert_not(fmag_word_is_local(taken->word));
	cpu = 0;
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_DONE);
	cr_assert_null(taken, "closed already");
}

Test(claim_front, an_install_opens_a_detached_slot_again)
{
	struct fmag_magazine *taken;

	install(0, 1);
	front->ops->detach(front, 0, &taken);
	cr_assert_null(install(1, 1));
	cr_assert_eq(front->ops->pop(front), frame(101));
}

Test(claim_front, a_stopped_holder_makes_every_operation_miss_at_once)
{
	struct fmag_magazine *taken;
	fmag_hpa_t frames[1] = { frame(3) };

	install(0, 1);
	stop_a_holder(0);
	cr_assert_not(front->ops->has_slot(front));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(3)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->install(front, magazines[1], CAPACITY, &taken),
		FMAG_FRONT_REFUSED);
	cr_assert_not(fmag_word_is_local(magazines[1]->word),
		"F1: refused, and still the caller's to hold");
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_REFUSED);
}

Test(claim_front, a_cpu_out_of_range_has_no_slot)
{
	struct fmag_magazine *displaced;

	cpu = CPUS;
	cr_assert_not(front->ops->has_slot(front));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_MISS);
	cr_assert_eq(
		front->ops->install(front, magazines[0], CAPACITY, &displaced),
		FMAG_FRONT_REFUSED);
	cpu = (unsigned)-1;
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
}

/* Of CPU 0's slot, since this was last asked. */
static bool has_moved(void)
{
	static uint64_t before;
	uint64_t moves = front->ops->moves(front, 0);
	bool grown = moves > before;

	before = moves;
	return grown;
}

Test(claim_front, an_operation_on_one_frame_is_a_move_unless_a_pop_misses)
{
	uint64_t another = front->ops->moves(front, 1);

	has_moved();
	front->ops->pop(front);
	cr_assert_not(has_moved(), "a miss");
	install(0, 0);
	cr_assert(has_moved());
	front->ops->push(front, frame(1));
	cr_assert(has_moved());
	front->ops->push(front, frame(1));
	cr_assert(has_moved(),
		"a repeat: who saw it BUSY may not take it for empty");
	front->ops->push(front, frame(2));
	cr_assert(has_moved());
	cr_assert_eq(front->ops->push(front, frame(4)), FMAG_FRONT_MISS);
	cr_assert(has_moved(), "a push that misses: the slot has frames");
	front->ops->pop(front);
	cr_assert(has_moved());
	cr_assert_eq(front->ops->moves(front, 1), another, "another CPU's");
}

Test(claim_front, an_operation_on_many_frames_is_a_move_unless_a_pop_misses)
{
	fmag_hpa_t frames[] = { frame(1), frame(2) };
	struct fmag_magazine *taken;

	install(0, 0);
	has_moved();
	front->ops->pop_many(front, frames, 1);
	cr_assert_not(has_moved(), "a miss");
	cr_assert_eq(front->ops->push_many(front, frames, 1), 1);
	cr_assert(has_moved());
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert(has_moved(), "a repeat");
	cr_assert_eq(front->ops->pop_many(front, frames, 1), 1);
	cr_assert(has_moved());
	front->ops->detach(front, 0, &taken);
	cr_assert(has_moved());
}

Test(claim_front, pop_on_takes_from_the_slot_of_the_cpu_it_names)
{
	fmag_hpa_t popped;

	install(0, 1);
	cpu = 1;
	cr_assert_eq(front->ops->pop_on(front, 0, &popped), FMAG_FRONT_DONE);
	cr_assert_eq(popped, frame(1));
	cr_assert(has_moved());
	cr_assert_eq(front->ops->pop_on(front, 0, &popped), FMAG_FRONT_MISS);
	cr_assert_eq(popped, FMAG_HPA_NONE);
	cr_assert_not(has_moved(), "a miss");
	cr_assert_eq(front->ops->pop_on(front, 1, &popped), FMAG_FRONT_MISS,
		"a closed one");
}

Test(claim_front, pop_on_is_refused_where_no_slot_is_to_be_had)
{
	fmag_hpa_t popped = frame(1);

	install(0, 1);
	stop_a_holder(0);
	cr_assert_eq(front->ops->pop_on(front, 0, &popped), FMAG_FRONT_REFUSED);
	cr_assert_eq(popped, FMAG_HPA_NONE);
	cr_assert_eq(
		front->ops->pop_on(front, CPUS, &popped), FMAG_FRONT_REFUSED);
	cr_assert_eq(front->ops->pop_on(front, (unsigned)-1, &popped),
		FMAG_FRONT_REFUSED);
}

Test(claim_front, a_detached_slot_stays_closed_whatever_misses)
{
	struct fmag_magazine *taken;
	fmag_hpa_t frames[1] = { frame(1) };

	install(0, 1);
	front->ops->detach(front, 0, &taken);
	front->ops->pop(front);
	front->ops->push(front, frames[0]);
	front->ops->pop_many(front, frames, 1);
	front->ops->push_many(front, frames, 1);
	front->ops->pop_on(front, 0, frames);
	cr_assert_null(slot_loaded(front, slot(0)));
	cr_assert_eq(fmag_magazine_rounds(fmag_front_stub(front)), 0);
}

Test(claim_front, there_is_nothing_between_a_slot_and_a_stack)
{
	install(0, 1);
	cr_assert_eq(front->ops->free_transit(front, magazines[0]),
		FMAG_FRONT_REFUSED);
	cr_assert_eq(front->ops->free_transit(front, magazines[1]),
		FMAG_FRONT_REFUSED);
}
