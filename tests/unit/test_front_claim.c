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
	slot(of_cpu)->claim.word |= 1;
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

Test(claim_front, an_operation_on_one_frame_is_a_move_unless_a_pop_misses)
{
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

Test(claim_front, moves_are_counted_over_all_slots)
{
	install(0, 1);
	has_moved();
	cpu = 1;
	cr_assert_null(install(1, 1));
	cr_assert(has_moved());
	front->ops->pop(front);
	cr_assert(has_moved());
	cr_assert_not(has_moved(), "nothing came since");
}

/* What a scan saw of a slot that was BUSY it sees again while it is. */
Test(claim_front, a_holder_shows_no_change_before_it_gives_the_slot_up)
{
	install(0, 1);
	stop_a_holder(0);
	has_moved();
	front->ops->pop(front);
	front->ops->push(front, frame(2));
	front->ops->take_back(front, magazines[0]);
	cr_assert_not(has_moved(), "they were refused, and changed nothing");
}

/* take_back */

static enum fmag_front_result take_back(size_t i)
{
	return front->ops->take_back(front, magazines[i]);
}

Test(claim_front, other_cpus_magazines_are_within_reach)
{
	cr_assert(front->ops->reaches_loaded(front));
	stop_a_holder(0);
	cr_assert(front->ops->reaches_loaded(front));
}

Test(claim_front, take_back_has_the_magazine_of_another_cpu)
{
	fmag_hpa_t taken;

	install(0, 1);
	cpu = 1;
	has_moved();
	cr_assert_eq(take_back(0), FMAG_FRONT_DONE);
	cr_assert(has_moved(), "its CPU's frames went");
	cr_assert_not(fmag_word_is_local(magazines[0]->word));
	cr_assert_null(slot_loaded(front, slot(0)));
	cr_assert_eq(fmag_magazine_take(magazines[0], &taken, 1), 1);
	cr_assert_eq(taken, frame(1));
	cr_assert_eq(slot(0)->is_asked, 0, "there was no need to ask");
}

Test(claim_front, take_back_has_the_own_cpus_magazine_too)
{
	install(0, 1);
	cr_assert_eq(take_back(0), FMAG_FRONT_DONE);
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_null(install(1, 1), "it was closed");
}

Test(claim_front, take_back_is_refused_where_the_magazine_is_shared)
{
	put_frames(0, 1);
	has_moved();
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert_not(has_moved(), "no slot was touched for it");
	install(1, 0);
	install(2, 0);
	cr_assert_eq(take_back(1), FMAG_FRONT_REFUSED, "displaced");
	cr_assert_eq(slot_loaded(front, slot(0)), magazines[2]);
}

/* LOCAL and in no slot: its holder is between two steps, or has given up. */
Test(claim_front, take_back_is_refused_where_the_magazine_is_in_no_slot)
{
	install(0, 1);
	put_frames(1, 1);
	fmag_magazine_enter_slot(
		magazines[1], CAPACITY, &shared.no_room, 0, false);
	has_moved();
	cr_assert_eq(take_back(1), FMAG_FRONT_REFUSED);
	cr_assert(has_moved(),
		"who saw it BUSY may not take what lies there for empty");
	cr_assert(fmag_word_is_local(magazines[1]->word));
	cr_assert_eq(slot_loaded(front, slot(0)), magazines[0]);
}

Test(claim_front, take_back_is_refused_at_once_where_the_slot_is_busy)
{
	install(0, 1);
	stop_a_holder(0);
	cpu = 1;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word));
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 1);
	cr_assert(slot_is_busy(slot(0)), "it is not another's to end");
}

Test(claim_front, no_stay_is_apart)
{
	install(0, 1);
	cr_assert_not(fmag_stay_is_apart(magazines[0]->stay));
	cr_assert_eq(fmag_stay_cpu(magazines[0]->stay), 0);
	cpu = 1;
	install(1, 1);
	cr_assert_eq(fmag_stay_cpu(magazines[1]->stay), 1);
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
	front->ops->take_back(front, magazines[0]);
	cr_assert_null(slot_loaded(front, slot(0)));
	cr_assert_eq(fmag_magazine_rounds(fmag_front_stub(front)), 0);
}
