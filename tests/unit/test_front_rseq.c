/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of front/front.h, row by row, for the rseq front. One thread
 * plays any CPU, on an area of the test's own, and a barrier that it counts.
 */
#define CAPACITY 4

#include "support/played_area.h"

#if FMAG_HAS_RSEQ_

#include "support/front_scene.h"

/* The barrier: what it was asked, what it says, and who runs meanwhile. */
static struct {
	unsigned questions; /* whether it would do */
	unsigned calls;
	int cpu; /* the last call's */
	bool refuses;
	unsigned refuses_call; /* that one, counted from 1; 0: none */
	void (*before)(void);  /* while it is asked */
	void (*meanwhile)(void);
} barrier;

static void run(void (*what)(void))
{
	if (what != NULL)
		what();
}

static bool played_barrier(int of_cpu)
{
	if (of_cpu == FMAG_NO_CPU) {
		barrier.questions++;
		run(barrier.before);
		return !barrier.refuses;
	}
	barrier.calls++;
	barrier.cpu = of_cpu;
	run(barrier.meanwhile);
	return !barrier.refuses && barrier.calls != barrier.refuses_call;
}

static void play(unsigned new_cpu)
{
	cpu = new_cpu;
	played_area_set_cpu(new_cpu);
}

static void setup(void)
{
	front_scene_make(&fmag_front_rseq,
		(struct fmag_front){
			.hot.rseq_offset = played_area_offset(),
			.barrier = played_barrier,
		});
	play(0);
}

TestSuite(rseq_front, .init = setup, .fini = front_scene_end);

static enum fmag_front_result detach(
	unsigned of_cpu, struct fmag_magazine **taken)
{
	*taken = (void *)front;
	return front->ops->detach(front, of_cpu, taken);
}

static enum fmag_front_result take_back(size_t i)
{
	return front->ops->take_back(front, magazines[i]);
}

/* LOCAL and in no slot: step 1 of an install that stopped there. */
static uint64_t begin_install(size_t i, unsigned for_cpu)
{
	return fmag_magazine_enter_slot(
		magazines[i], CAPACITY, &shared.no_room, for_cpu, false);
}

/* pop, push, pop_many, push_many */

Test(rseq_front, a_closed_slot_misses_and_stays_closed)
{
	fmag_hpa_t frames[2] = { frame(1), frame(2) };

	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop_many(front, frames, 2), 0);
	cr_assert_eq(front->ops->push_many(front, frames, 2), 0);
	cr_assert(front->ops->has_slot(front));
	cr_assert_null(slot_loaded(front, slot(0)));
	cr_assert_eq(fmag_magazine_rounds(fmag_front_stub(front)), 0);
	cr_assert_null(install(0, 0));
}

Test(rseq_front, pop_takes_the_top_of_loaded)
{
	install(0, 2);
	cr_assert_eq(front->ops->pop(front), frame(2));
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
}

Test(rseq_front, pop_takes_of_the_cpu_that_the_thread_is_on)
{
	install(0, 1);
	play(1);
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	install(1, 1);
	cr_assert_eq(front->ops->pop(front), frame(101));
	play(0);
	cr_assert_eq(front->ops->pop(front), frame(1));
}

Test(rseq_front, push_fills_loaded_to_its_limit)
{
	install_to(0, 0, 1);
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_DONE);
	cr_assert_eq(front->ops->push(front, frame(8)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop(front), frame(7));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
}

/* A CPU that fills its magazines less far than the one that filled this. */
Test(rseq_front, a_magazine_beyond_its_limit_is_full)
{
	const fmag_hpa_t frames[] = { frame(7) };

	install_to(0, 2, 1);
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->pop(front), frame(2));
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_DONE);
}

Test(rseq_front, a_push_of_the_frame_on_top_is_a_repeat_and_changes_nothing)
{
	install(0, 1);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_REPEAT);
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_DONE,
		"it lies below the top now, no more on it");
}

Test(rseq_front, a_repeat_is_told_where_the_magazine_is_full_too)
{
	install_to(0, 2, 2);
	cr_assert_eq(front->ops->push(front, frame(2)), FMAG_FRONT_REPEAT);
	cr_assert_eq(front->ops->push(front, frame(3)), FMAG_FRONT_MISS);
}

Test(rseq_front, pop_many_takes_from_the_top)
{
	fmag_hpa_t frames[8] = { 0 };

	install(0, 4);
	cr_assert_eq(front->ops->pop_many(front, frames, 1), 1);
	cr_assert_eq(frames[0], frame(4));
	cr_assert_eq(front->ops->pop_many(front, frames, 2), 2);
	cr_assert_eq(frames[0] + frames[1], frame(2) + frame(3));
	cr_assert_eq(front->ops->pop_many(front, frames, 8), 1);
	cr_assert_eq(frames[0], frame(1));
	cr_assert_eq(front->ops->pop_many(front, frames, 8), 0);
}

Test(rseq_front, push_many_stops_at_the_limit_and_at_a_repeat)
{
	const fmag_hpa_t frames[] = { frame(1), frame(2), frame(3) };

	install_to(0, 0, 2);
	cr_assert_eq(front->ops->push_many(front, frames, 3), 2);
	cr_assert_eq(front->ops->pop(front), frame(2));
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->push_many(front, frames, 1), 1);
	cr_assert_eq(front->ops->push_many(front, frames, 2), 0, "a repeat");
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 1);
}

/* install */

Test(rseq_front, install_pushes_loaded_out_as_a_shared_magazine)
{
	struct fmag_magazine *displaced;
	fmag_hpa_t taken;

	cr_assert_null(install(0, 1));
	displaced = install(1, 0);
	cr_assert_eq(displaced, magazines[0]);
	cr_assert_eq(fmag_magazine_take(displaced, &taken, 1), 1);
	cr_assert_eq(taken, frame(1));
	cr_assert_eq(slot_loaded(front, slot(0)), magazines[1]);
	cr_assert_null(slot_loaded(front, slot(1)), "another CPU's");
	cr_assert_eq(barrier.calls, 0, "it interrupts nobody");
}

Test(rseq_front, install_begins_a_stay_in_the_slot_of_its_cpu)
{
	play(1);
	install(0, 1);
	cr_assert_eq(fmag_stay_cpu(magazines[0]->stay), 1);
	cr_assert_not(fmag_stay_is_apart(magazines[0]->stay));
}

/* The thread was on another CPU when it looked, and is on none now. */
Test(rseq_front, an_install_is_refused_where_the_section_finds_no_slot)
{
	struct fmag_magazine *displaced;

	played_area_set_cpu(CPUS);
	cr_assert_eq(
		front->ops->install(front, magazines[0], CAPACITY, &displaced),
		FMAG_FRONT_REFUSED);
	cr_assert_null(displaced);
	cr_assert_not(fmag_word_is_local(magazines[0]->word),
		"F1: still the caller's to hold");
	cr_assert_null(slot_loaded(front, slot(0)));
}

/* Likewise, and is on one that the magazine is not meant for. */
Test(rseq_front, no_section_installs_a_magazine_on_a_cpu_it_is_not_meant_for)
{
	struct fmag_magazine *displaced;

	played_area_set_cpu(1);
	cr_assert_eq(
		front->ops->install(front, magazines[0], CAPACITY, &displaced),
		FMAG_FRONT_REFUSED);
	cr_assert_null(displaced);
	cr_assert_not(fmag_word_is_local(magazines[0]->word), "F1");
	cr_assert_null(slot_loaded(front, slot(0)));
	cr_assert_null(slot_loaded(front, slot(1)), "R4");
}

/* detach */

Test(rseq_front, detach_takes_the_magazine_of_another_cpu_by_one_barrier)
{
	struct fmag_magazine *taken;

	install(0, 1);
	play(1);
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_DONE);
	cr_assert_eq(taken, magazines[0]);
	cr_assert_not(fmag_word_is_local(taken->word));
	cr_assert_eq(barrier.calls, 1);
	cr_assert_eq(barrier.cpu, 0, "of that CPU");
	play(0);
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_DONE);
	cr_assert_null(taken, "closed already");
	cr_assert_eq(barrier.calls, 1, "and so nobody to interrupt");
}

Test(rseq_front, an_install_opens_a_detached_slot_again)
{
	struct fmag_magazine *taken;

	install(0, 1);
	detach(0, &taken);
	cr_assert_null(install(1, 1));
	cr_assert_eq(front->ops->pop(front), frame(101));
}

static fmag_hpa_t popped_meanwhile;

static void pop_meanwhile(void)
{
	popped_meanwhile = front->ops->pop(front);
	cr_assert(fmag_word_is_local(magazines[0]->word),
		"R3: SHARED before its barrier");
}

Test(rseq_front, a_section_that_begins_at_a_detachs_barrier_finds_it_closed)
{
	struct fmag_magazine *taken;

	install(0, 1);
	barrier.meanwhile = pop_meanwhile;
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_DONE);
	cr_assert_eq(popped_meanwhile, FMAG_HPA_NONE);
	cr_assert_eq(fmag_magazine_rounds(taken), 1);
}

/* What a cache's statistics say of it. */
Test(rseq_front, every_interrupt_is_counted_and_no_question_is)
{
	struct fmag_magazine *taken;

	install(0, 1);
	detach(0, &taken);
	cr_assert_eq(shared.barriers, 1);
	cr_assert_eq(barrier.questions, 1, "may it be taken out?");
	begin_install(1, 0);
	take_back(1);
	cr_assert_eq(shared.barriers, 3);
}

/* It could not be put back. */
Test(rseq_front, a_barrier_that_would_be_refused_leaves_the_slot_as_it_is)
{
	struct fmag_magazine *taken;

	install(0, 1);
	barrier.refuses = true;
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert_eq(barrier.calls, 0);
	cr_assert_eq(slot(0)->is_asked, 1, "its CPU gives it up itself");
	cr_assert_eq(front->ops->pop(front), frame(1), "nothing changed");
}

Test(rseq_front, a_barrier_that_was_refused_is_never_called_again)
{
	struct fmag_magazine *taken;

	install(0, 1);
	cr_assert(front->ops->reaches_loaded(front));
	barrier.refuses = true;
	detach(0, &taken);
	cr_assert_not(front->ops->reaches_loaded(front));
	barrier.refuses = false;
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert_not(front->ops->reaches_loaded(front), "it stays so");
	cr_assert_eq(barrier.questions, 1);
	cr_assert_eq(barrier.calls, 0);
}

/* Between the question and the call. */
Test(rseq_front, a_refused_barrier_leaves_the_detached_magazine_local)
{
	struct fmag_magazine *taken;

	install(0, 1);
	barrier.refuses_call = 1;
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert(fmag_word_is_local(magazines[0]->word),
		"R3: a section may write it still");
	cr_assert_null(slot_loaded(front, slot(0)));
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED, "out of reach");
	cr_assert_eq(barrier.calls, 1, "it was refused once");
	cr_assert(fmag_word_is_local(magazines[0]->word));
}

Test(rseq_front, a_system_without_a_barrier_has_no_detach)
{
	struct fmag_magazine *taken;

	install(0, 1);
	front->barrier = NULL;
	cr_assert_not(front->ops->reaches_loaded(front));
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert_eq(slot(0)->is_asked, 1);
	cr_assert_eq(front->ops->pop(front), frame(1), "nothing changed");
}

Test(rseq_front, what_nobody_can_take_back_is_apart)
{
	front->barrier = NULL;
	install(0, 1);
	cr_assert(fmag_stay_is_apart(magazines[0]->stay), "no barrier");
	front->barrier = played_barrier;
	install(1, 1);
	cr_assert_not(fmag_stay_is_apart(magazines[1]->stay));
	shared.barrier_refused = 1;
	install(2, 1);
	cr_assert(fmag_stay_is_apart(magazines[2]->stay), "refused");
	shared.barrier_refused = 0;
	slot(0)->is_isolated = 1;
	install(3, 1);
	cr_assert(fmag_stay_is_apart(magazines[3]->stay), "isolated");
}

/* Not even by its own threads, nor by a question. */
Test(rseq_front, an_isolated_cpu_is_asked_and_never_interrupted)
{
	struct fmag_magazine *taken;

	slot(0)->is_isolated = 1;
	install(0, 1);
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	play(1);
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert_eq(slot(0)->is_asked, 1);
	cr_assert_eq(barrier.questions + barrier.calls, 0);
	cr_assert(front->ops->reaches_loaded(front), "others are in reach");
	play(0);
	cr_assert_eq(front->ops->pop(front), frame(1), "its own");
}

Test(rseq_front, what_is_on_its_way_to_an_isolated_cpu_is_left_alone)
{
	slot(1)->is_isolated = 1;
	put_frames(0, 1);
	fmag_magazine_enter_slot(
		magazines[0], CAPACITY, &shared.no_room, 1, true);
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word));
	cr_assert_eq(barrier.questions + barrier.calls, 0);
	cr_assert_eq(slot(1)->is_asked, 1);
}

Test(rseq_front, detach_is_refused_for_a_cpu_out_of_range)
{
	struct fmag_magazine *taken;

	cr_assert_eq(detach(CPUS, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert_eq(detach((unsigned)-1, &taken), FMAG_FRONT_REFUSED);
	cr_assert_eq(barrier.calls, 0);
}

/* take_back, of what is in a slot */

Test(rseq_front, take_back_has_another_cpus_magazine_by_one_barrier)
{
	fmag_hpa_t taken;

	play(1);
	install(0, 2);
	play(0);
	cr_assert_eq(take_back(0), FMAG_FRONT_DONE);
	cr_assert_eq(barrier.calls, 1);
	cr_assert_eq(barrier.cpu, 1, "of that CPU");
	cr_assert_null(slot_loaded(front, slot(1)));
	cr_assert_eq(fmag_magazine_take(magazines[0], &taken, 1), 1);
	cr_assert_eq(taken, frame(2));
	cr_assert_eq(slot(1)->is_asked, 0, "there was no need to ask");
}

Test(rseq_front, a_section_that_begins_at_take_backs_barrier_finds_it_closed)
{
	install(0, 1);
	barrier.meanwhile = pop_meanwhile;
	cr_assert_eq(take_back(0), FMAG_FRONT_DONE);
	cr_assert_eq(popped_meanwhile, FMAG_HPA_NONE);
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 1);
}

/* It found the magazine before it was taken out. */
static void push_meanwhile(void)
{
	cr_assert(fmag_magazine_push(magazines[0], frame(50)));
}

Test(rseq_front, what_a_section_under_way_pushes_comes_with_the_magazine)
{
	install(0, 1);
	barrier.meanwhile = push_meanwhile;
	cr_assert_eq(take_back(0), FMAG_FRONT_DONE);
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 2);
}

Test(rseq_front, a_taken_back_magazine_stays_local_where_its_barrier_is_refused)
{
	install(0, 1);
	barrier.refuses_call = 1;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word), "R3");
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert_eq(barrier.calls, 1);
}

Test(rseq_front, take_back_is_refused_for_a_shared_magazine)
{
	put_frames(1, 1);
	cr_assert_eq(take_back(1), FMAG_FRONT_REFUSED);
	cr_assert_eq(fmag_magazine_rounds(magazines[1]), 1);
	cr_assert_eq(barrier.questions + barrier.calls, 0,
		"nobody was interrupted for it");
}

/* take_back, of what is between two */

static void check_that_it_is_local(void)
{
	cr_assert(fmag_word_is_local(magazines[0]->word),
		"R3: SHARED before its barriers");
	cr_assert_neq(magazines[0]->stay & FMAG_STAY_OVER, 0,
		"its stay ends before them");
	cr_assert_eq(barrier.cpu, 1, "of the CPU that it is meant for");
}

/* One for an install under way, one for sections that had it loaded since. */
Test(rseq_front, a_magazine_between_slot_and_stack_is_freed_by_two_barriers)
{
	fmag_hpa_t taken;

	put_frames(0, 2);
	barrier.meanwhile = check_that_it_is_local;
	begin_install(0, 1);
	cr_assert_eq(take_back(0), FMAG_FRONT_FREED, "its holder's");
	cr_assert_eq(barrier.calls, 2);
	cr_assert_eq(fmag_magazine_take(magazines[0], &taken, 1), 1);
	cr_assert_eq(taken, frame(2));
}

static void check_that_it_is_not_over(void)
{
	cr_assert_eq(magazines[0]->stay & FMAG_STAY_OVER, 0);
}

Test(rseq_front, no_stay_is_ended_before_the_barrier_is_known_to_work)
{
	begin_install(0, 0);
	barrier.before = check_that_it_is_not_over;
	barrier.refuses = true;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	check_that_it_is_not_over();
}

Test(rseq_front, without_its_first_barrier_no_transit_is_freed)
{
	begin_install(0, 0);
	barrier.refuses_call = 1;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert_eq(barrier.calls, 1);
	cr_assert(fmag_word_is_local(magazines[0]->word));
}

Test(rseq_front, without_its_second_barrier_no_transit_is_freed)
{
	begin_install(0, 0);
	barrier.refuses_call = 2;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert_eq(barrier.calls, 2);
	cr_assert(fmag_word_is_local(magazines[0]->word));
}

Test(rseq_front, without_a_barrier_no_transit_is_freed)
{
	begin_install(0, 0);
	front->barrier = NULL;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word));
	check_that_it_is_not_over();
}

static uint64_t stay_of_install;
static enum fmag_rseq_result result_of_install;

static void install_meanwhile(void)
{
	struct fmag_magazine *old;

	result_of_install = fmag_rseq_install(
		&front->hot, magazines[0], stay_of_install, 0, &old);
}

/* Stopped for long before its section: its stay is over (R4). */
Test(rseq_front, a_late_install_of_a_freed_transit_misses)
{
	stay_of_install = begin_install(0, 0);
	barrier.meanwhile = install_meanwhile;
	cr_assert_eq(take_back(0), FMAG_FRONT_FREED);
	cr_assert_eq(result_of_install, FMAG_RSEQ_MISS);
	install_meanwhile();
	cr_assert_eq(result_of_install, FMAG_RSEQ_MISS);
	cr_assert_null(slot_loaded(front, slot(0)));
}

/* Its number is another one, though it is meant for the same slot. */
Test(rseq_front, a_late_install_in_the_next_stay_misses)
{
	stay_of_install = begin_install(0, 0);
	take_back(0);
	begin_install(0, 0);
	install_meanwhile();
	cr_assert_eq(result_of_install, FMAG_RSEQ_MISS, "R4");
	cr_assert_null(slot_loaded(front, slot(0)));
}

static void put_into_the_slot(void)
{
	if (barrier.calls == 1)
		slot(1)->loaded = magazines[0];
}

/* The section looked before the stay was over; the barrier waited for it. */
Test(rseq_front, what_an_install_that_came_first_put_in_is_taken_out_again)
{
	put_frames(0, 1);
	begin_install(0, 1);
	barrier.meanwhile = put_into_the_slot;
	cr_assert_eq(take_back(0), FMAG_FRONT_DONE);
	cr_assert_null(slot_loaded(front, slot(1)));
	cr_assert_not(fmag_word_is_local(magazines[0]->word));
	cr_assert_eq(barrier.calls, 2, "one more, since it was in a slot");
}

Test(rseq_front, what_was_put_in_first_stays_local_where_no_barrier_follows)
{
	begin_install(0, 1);
	barrier.meanwhile = put_into_the_slot;
	barrier.refuses_call = 2;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert_null(slot_loaded(front, slot(1)));
	cr_assert(fmag_word_is_local(magazines[0]->word), "R3");
}

/* In the slot and out of it again, by a detach that stopped at its barrier. */
static void come_and_go(void)
{
	if (barrier.calls == 2)
		push_meanwhile();
	cr_assert(fmag_word_is_local(magazines[0]->word), "R3");
}

Test(rseq_front, what_a_section_pushed_meanwhile_comes_with_a_freed_transit)
{
	put_frames(0, 1);
	begin_install(0, 0);
	barrier.meanwhile = come_and_go;
	cr_assert_eq(take_back(0), FMAG_FRONT_FREED);
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 2);
}

static void leave_meanwhile(void)
{
	fmag_magazine_leave_slot(magazines[0]);
}

Test(rseq_front, one_of_two_frees_a_transit)
{
	begin_install(0, 0);
	barrier.meanwhile = leave_meanwhile;
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED,
		"SHARED already, by the other");
	cr_assert_not(fmag_word_is_local(magazines[0]->word));
}

/* By its holder, who went on. */
static void begin_another_stay(void)
{
	leave_meanwhile();
	begin_install(0, 1);
	barrier.before = barrier.meanwhile = NULL;
}

static void check_that_the_next_stay_was_left_alone(void)
{
	cr_assert_eq(take_back(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word));
	cr_assert_eq(fmag_stay_cpu(magazines[0]->stay), 1);
	check_that_it_is_not_over();
}

Test(rseq_front, a_stay_that_begins_at_the_barrier_is_left_alone)
{
	begin_install(0, 0);
	barrier.meanwhile = begin_another_stay;
	check_that_the_next_stay_was_left_alone();
	cr_assert_eq(barrier.calls, 2);
}

Test(rseq_front, a_stay_that_begins_before_the_other_is_ended_is_left_alone)
{
	begin_install(0, 0);
	barrier.before = begin_another_stay;
	check_that_the_next_stay_was_left_alone();
	cr_assert_eq(barrier.calls, 0);
}

/* has_slot, and CPUs without one */

static void check_that_there_is_no_slot(uint32_t cpu_id)
{
	struct fmag_magazine *displaced;
	fmag_hpa_t frames[1] = { frame(1) };

	play(cpu_id);
	cr_assert_not(front->ops->has_slot(front));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert_eq(
		front->ops->install(front, magazines[3], CAPACITY, &displaced),
		FMAG_FRONT_REFUSED);
	cr_assert_null(displaced);
	cr_assert_not(fmag_word_is_local(magazines[3]->word));
}

Test(rseq_front, a_cpu_out_of_range_has_no_slot)
{
	install(0, 2);
	check_that_there_is_no_slot(CPUS);
	check_that_there_is_no_slot(4095);
	check_that_there_is_no_slot((uint32_t)-1);
	check_that_there_is_no_slot((uint32_t)-2);
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 2);
}

/* A thread without rseq, while the scheduler's number says CPU 0. */
Test(rseq_front, a_thread_that_is_not_registered_misses_everywhere)
{
	install(0, 1);
	played_area_set_cpu((uint32_t)-1);
	cr_assert(front->ops->has_slot(front), "a hint only");
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_MISS);
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 1);
}

Test(rseq_front, where_no_area_is_there_is_no_cpu)
{
	install(0, 1);
	front->hot.rseq_offset = fmag_rseq_no_area();
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(7)), FMAG_FRONT_MISS);
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 1);
}

/* moves: the magazines' words tell all (M3, M5) */

Test(rseq_front, slots_count_no_moves)
{
	struct fmag_magazine *taken;

	install(0, 0);
	front->ops->push(front, frame(1));
	detach(0, &taken);
	cr_assert_not(has_moved());
}

#endif
