/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/history.h"

#include "explore/contents.h"
#include "explore/explore.h"

/* Who holds a slot: the call whose step made it BUSY. */
static void note_holders(void)
{
	unsigned thread = explore_thread();

	for (unsigned slot = 0; slot < stage.slot_count; slot++) {
		struct holder *holder = &world.holders[slot];
		bool is_busy = slot_is_busy(world_slot(slot));

		if (is_busy && !holder->is_held) {
			holder->thread = (uint8_t)thread;
			holder->depth = world.threads[thread].depth;
		}
		holder->is_held = is_busy;
	}
}

static bool shared_magazines_have_frames(void)
{
	for (unsigned i = 0; i < stage.magazine_count; i++) {
		uint64_t word = world_magazine(i)->word;

		if (!fmag_word_is_local(word) && fmag_word_rounds(word) > 0)
			return true;
	}
	return false;
}

static bool slot_has_frames(unsigned slot)
{
	const struct fmag_magazine *loaded =
		slot_loaded(world_front(slot), world_slot(slot));

	return loaded != NULL && rounds_of(loaded) > 0;
}

/* True where nobody else holds the slot. */
static bool can_have_slot(const struct actor *actor, unsigned slot)
{
	const struct holder *holder = &world.holders[slot];

	return !holder->is_held ||
		(holder->thread == actor->thread &&
			holder->depth == actor->depth);
}

/* Who has them: the call whose step took them out of a slot or a stack. */
static void note_transits(void)
{
	unsigned running = 1u << explore_thread();

	for (unsigned i = 0; i < stage.magazine_count; i++) {
		const struct fmag_magazine *magazine = world_magazine(i);

		if (rounds_of(magazine) == 0 || !world_is_in_transit(magazine))
			world.transits[i] = 0;
		else if (world.transits[i] == 0)
			world.transits[i] = (uint8_t)running;
	}
}

/*
 * The threads that have magazines with frames on their way that others can have,
 * a bit each.
 */
static unsigned threads_in_transit(void)
{
	unsigned threads = 0;

	for (unsigned i = 0; i < stage.magazine_count; i++) {
		if (world_reaches(fmag_stay_cpu(world_magazine(i)->stay)))
			threads |= world.transits[i];
	}
	return threads;
}

/* In the slots that the actor's call can reach. */
static bool slots_have_frames(const struct actor *actor)
{
	unsigned own = world.threads[actor->thread].cpu;

	for (unsigned slot = 0; slot < stage.slot_count; slot++) {
		unsigned cpu = slot % MAX_CPUS;

		if ((cpu == own || world_reaches(cpu)) &&
			can_have_slot(actor, slot) && slot_has_frames(slot))
			return true;
	}
	return false;
}

/* No SHARED magazine has a frame at this instant. */
static void note_none(struct actor *actor, unsigned threads)
{
	struct call *call = &actor->call;

	if (call->name == NULL || !call->allocates)
		return;
	if (call->may_call_hal && world.hal_free_count > 0)
		return;
	if (call->none_at[threads] == 0 && !slots_have_frames(actor))
		call->none_at[threads] = world.now;
}

/* Every frame of the limit is charged or with a call at this instant. */
static void note_no_credit(void)
{
	if (stage.account == NULL || world_credits() > 0)
		return;
	for (unsigned i = 0; i < stage.thread_count; i++) {
		for (unsigned depth = 0; depth < NESTING; depth++)
			world.threads[i].actors[depth].call.had_no_credit =
				true;
	}
}

void history_observe(void)
{
	unsigned threads;

	note_holders();
	if (stage.front == FMAG_FRONT_RSEQ)
		note_transits();
	if (world.open_allocs == 0)
		return;
	world.threads[explore_thread()].last_seen = ++world.now;
	note_no_credit();
	if (shared_magazines_have_frames() || world_has_frames_over())
		return;
	threads = threads_in_transit();
	for (unsigned i = 0; i < stage.thread_count; i++) {
		for (unsigned depth = 0; depth < NESTING; depth++)
			note_none(&world.threads[i].actors[depth], threads);
	}
}

static uint8_t number_of(const struct actor *actor)
{
	return (uint8_t)(1 + actor->thread * NESTING + actor->depth);
}

static unsigned checked_index(fmag_hpa_t frame)
{
	unsigned index = frame_index(frame);

	if (index == MAX_FRAMES)
		explore_fail("G2: an alloc returned %#llx, which is no frame",
			(unsigned long long)frame);
	return index;
}

static void own(struct actor *actor, fmag_hpa_t frame)
{
	unsigned index = checked_index(frame);

	if (world.owner[index] != 0)
		explore_fail("G2: frame %u was given out twice", index);
	if (world.is_in_hal[index])
		explore_fail("G2: frame %u is in the HAL, too", index);
	if (world.retired_after[index] > world.grace_over)
		explore_fail("G7: frame %u was given out, and no grace period "
			     "is over that began after it was retired",
			index);
	world.retired_after[index] = 0;
	world.owner[index] = number_of(actor);
	world.is_zero[index] = 0;
	contents_write(frame);
}

static void disown(struct actor *actor, fmag_hpa_t frame)
{
	unsigned index = checked_index(frame);

	if (world.owner[index] != number_of(actor))
		explore_fail("the scenario frees what is not its own");
	contents_write(frame);
	world.owner[index] = 0;
}

void history_begin_alloc(
	struct actor *actor, const char *name, size_t count, bool may_call_hal)
{
	actor->call = (struct call){
		.name = name,
		.allocates = true,
		.may_call_hal = may_call_hal,
		.frames = (uint8_t)count,
	};
	world.open_allocs++;
	history_observe();
}

void history_charge(struct actor *actor)
{
	actor->call.is_charged = true;
}

/* Whether each of the threads has made a step since. */
static bool all_ran_after(unsigned threads, unsigned instant)
{
	for (unsigned i = 0; i < stage.thread_count; i++) {
		if ((threads & (1u << i)) != 0 &&
			world.threads[i].last_seen <= instant)
			return false;
	}
	return true;
}

static bool none_is_right(const struct call *call)
{
	for (unsigned threads = 0; threads < 1u << stage.thread_count;
		threads++) {
		unsigned instant = call->none_at[threads];

		if (instant != 0 && all_ran_after(threads, instant))
			return true;
	}
	return false;
}

/* By its last owner. */
static void check_left(fmag_hpa_t frame)
{
	if (stage.scenario->zero_on_free &&
		!world.is_zero[checked_index(frame)])
		explore_fail("zero_on_free: frame %u is not zero",
			checked_index(frame));
}

void history_end_alloc(struct actor *actor, const fmag_hpa_t *frames,
	size_t taken, size_t count)
{
	history_observe();
	if (taken < count && !none_is_right(&actor->call) &&
		!(actor->call.is_charged && actor->call.had_no_credit))
		explore_fail("G4: no frame, but there was one at each instant "
			     "of the call");
	world.open_allocs--;
	for (size_t i = 0; i < taken; i++) {
		check_left(frames[i]);
		own(actor, frames[i]);
	}
	actor->call.name = NULL;
}

void history_begin_free(struct actor *actor, const char *name,
	const fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		disown(actor, frames[i]);
	actor->call = (struct call){
		.name = name,
		.frames = (uint8_t)count,
	};
}

void history_begin_retire(struct actor *actor, fmag_hpa_t frame)
{
	history_begin_free(actor, "retire", &frame, 1);
	world.retired_after[checked_index(frame)] = world.grace_started + 1;
}

void history_end_retire(struct actor *actor, fmag_hpa_t frame, bool is_retired)
{
	history_end_free(actor);
	if (is_retired)
		return;
	world.retired_after[checked_index(frame)] = 0;
	own(actor, frame);
}

void history_end_free(struct actor *actor)
{
	history_observe();
	actor->call.name = NULL;
}
