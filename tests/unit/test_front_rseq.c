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
	unsigned calls;
	int cpu;
	bool refuses;
	void (*meanwhile)(void);
} barrier;

static bool played_barrier(int of_cpu)
{
	barrier.calls++;
	barrier.cpu = of_cpu;
	if (barrier.meanwhile != NULL)
		barrier.meanwhile();
	return !barrier.refuses;
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

static enum fmag_front_result free_transit(size_t i)
{
	return front->ops->free_transit(front, magazines[i]);
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

Test(rseq_front, a_refused_barrier_leaves_the_detached_magazine_local)
{
	struct fmag_magazine *taken;

	install(0, 1);
	barrier.refuses = true;
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert(fmag_word_is_local(magazines[0]->word),
		"R3: a section may write it still");
	cr_assert_null(slot_loaded(front, slot(0)));
	barrier.refuses = false;
	cr_assert_eq(free_transit(0), FMAG_FRONT_DONE, "it is not lost");
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 1);
}

Test(rseq_front, a_system_without_a_barrier_has_no_detach)
{
	struct fmag_magazine *taken;

	install(0, 1);
	front->barrier = NULL;
	cr_assert_eq(detach(0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert_eq(front->ops->pop(front), frame(1), "nothing changed");
}

Test(rseq_front, detach_is_refused_for_a_cpu_out_of_range)
{
	struct fmag_magazine *taken;

	cr_assert_eq(detach(CPUS, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert_eq(detach((unsigned)-1, &taken), FMAG_FRONT_REFUSED);
	cr_assert_eq(barrier.calls, 0);
}

/* free_transit */

static void look_meanwhile(void)
{
	cr_assert(fmag_word_is_local(magazines[0]->word),
		"R3: SHARED before its barriers");
}

/* One for installs under way, one for sections that had it loaded since. */
Test(rseq_front, a_magazine_between_slot_and_stack_is_freed_by_two_barriers)
{
	fmag_hpa_t taken;

	put_frames(0, 2);
	barrier.meanwhile = look_meanwhile;
	fmag_magazine_enter_slot(magazines[0], CAPACITY);
	cr_assert_eq(free_transit(0), FMAG_FRONT_DONE);
	cr_assert_eq(barrier.calls, 2);
	cr_assert_eq(barrier.cpu, FMAG_EVERY_CPU);
	cr_assert_eq(fmag_magazine_take(magazines[0], &taken, 1), 1);
	cr_assert_eq(taken, frame(2));
}

Test(rseq_front, a_magazine_in_a_slot_or_on_a_stack_is_not_in_transit)
{
	play(1);
	install(0, 1);
	play(0);
	cr_assert_eq(free_transit(0), FMAG_FRONT_REFUSED, "in CPU 1's slot");
	cr_assert(fmag_word_is_local(magazines[0]->word));
	put_frames(1, 1);
	cr_assert_eq(free_transit(1), FMAG_FRONT_REFUSED, "SHARED");
	cr_assert_eq(fmag_magazine_rounds(magazines[1]), 1);
	cr_assert_eq(barrier.calls, 0, "nobody was interrupted for it");
}

Test(rseq_front, without_its_barrier_no_transit_is_freed)
{
	fmag_magazine_enter_slot(magazines[0], CAPACITY);
	barrier.refuses = true;
	cr_assert_eq(free_transit(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word));
	front->barrier = NULL;
	cr_assert_eq(free_transit(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word));
}

static uint64_t word_of_install;
static enum fmag_rseq_result result_of_install;

static void install_meanwhile(void)
{
	struct fmag_magazine *old;

	result_of_install = fmag_rseq_install(
		&front->hot, magazines[0], word_of_install, &old);
}

/* Stopped for long before its section: its word is out of date (R4). */
Test(rseq_front, a_late_install_of_a_freed_transit_misses)
{
	word_of_install = fmag_magazine_enter_slot(magazines[0], CAPACITY);
	barrier.meanwhile = install_meanwhile;
	cr_assert_eq(free_transit(0), FMAG_FRONT_DONE);
	cr_assert_eq(result_of_install, FMAG_RSEQ_MISS);
	install_meanwhile();
	cr_assert_eq(result_of_install, FMAG_RSEQ_MISS);
	cr_assert_null(slot_loaded(front, slot(0)));
}

static void put_into_the_slot(void)
{
	slot(1)->loaded = magazines[0];
}

/* The section ran before the word was changed; the barrier waited for it. */
Test(rseq_front, an_install_that_comes_first_keeps_its_magazine)
{
	fmag_magazine_enter_slot(magazines[0], CAPACITY);
	barrier.meanwhile = put_into_the_slot;
	cr_assert_eq(free_transit(0), FMAG_FRONT_REFUSED);
	cr_assert(fmag_word_is_local(magazines[0]->word), "F1");
}

static void leave_meanwhile(void)
{
	fmag_magazine_leave_slot(magazines[0]);
}

Test(rseq_front, one_of_two_frees_a_transit)
{
	fmag_magazine_enter_slot(magazines[0], CAPACITY);
	barrier.meanwhile = leave_meanwhile;
	cr_assert_eq(free_transit(0), FMAG_FRONT_REFUSED,
		"SHARED already, by the other");
	cr_assert_not(fmag_word_is_local(magazines[0]->word));
}

/* pop_on */

Test(rseq_front, pop_on_takes_from_the_cpu_that_the_thread_is_on)
{
	fmag_hpa_t popped;

	install(0, 1);
	cr_assert_eq(front->ops->pop_on(front, 0, &popped), FMAG_FRONT_DONE);
	cr_assert_eq(popped, frame(1));
	cr_assert_eq(front->ops->pop_on(front, 0, &popped), FMAG_FRONT_MISS);
	cr_assert_eq(popped, FMAG_HPA_NONE);
	cr_assert_eq(front->ops->pop_on(front, 1, &popped), FMAG_FRONT_MISS,
		"a closed one");
}

Test(rseq_front, pop_on_of_another_cpu_that_has_frames_is_elsewhere)
{
	fmag_hpa_t popped = frame(1);

	install(0, 1);
	play(1);
	cr_assert_eq(
		front->ops->pop_on(front, 0, &popped), FMAG_FRONT_ELSEWHERE);
	cr_assert_eq(popped, FMAG_HPA_NONE);
	front->barrier = NULL;
	cr_assert_eq(front->ops->pop_on(front, 0, &popped), FMAG_FRONT_REFUSED,
		"and without a barrier nobody gets there");
	cr_assert_eq(popped, FMAG_HPA_NONE);
	cr_assert_eq(fmag_magazine_rounds(magazines[0]), 1);
}

Test(rseq_front, pop_on_is_refused_where_there_is_no_such_slot)
{
	fmag_hpa_t popped = frame(1);

	cr_assert_eq(
		front->ops->pop_on(front, CPUS, &popped), FMAG_FRONT_REFUSED);
	cr_assert_eq(popped, FMAG_HPA_NONE);
	cr_assert_eq(front->ops->pop_on(front, (unsigned)-1, &popped),
		FMAG_FRONT_REFUSED);
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

/* moves: of pushes; an exchange is told by the magazines' words (M3) */

/* Of CPU 0's slot, since this was last asked. */
static bool has_moved(void)
{
	static uint64_t before;
	uint64_t moves = front->ops->moves(front, 0);
	bool differs = moves != before;

	before = moves;
	return differs;
}

Test(rseq_front, what_is_pushed_is_a_move)
{
	const fmag_hpa_t frames[] = { frame(3), frame(4) };
	fmag_hpa_t popped[2];

	install(0, 0);
	has_moved();
	front->ops->push(front, frame(1));
	cr_assert(has_moved());
	front->ops->push_many(front, frames, 2);
	cr_assert(has_moved());
	front->ops->pop(front);
	front->ops->pop_many(front, popped, 2);
	cr_assert_not(has_moved(), "pops are none (M5)");
	cr_assert_eq(front->ops->moves(front, CPUS), 0);
}

Test(rseq_front, a_frame_that_came_and_went_has_moved)
{
	install(0, 0);
	has_moved();
	front->ops->push(front, frame(1));
	front->ops->pop(front);
	cr_assert(has_moved());
}

#endif
