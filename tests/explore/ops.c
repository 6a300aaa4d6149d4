/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/ops.h"

#include <fmag/clean.h>
#include <fmag/detail/rseq.h>
#include <fmag/reclaim.h>
#include <fmag/retire.h>

#include "cache/local.h"
#include "explore/explore.h"
#include "explore/hal.h"
#include "explore/history.h"
#include "explore/step.h"

static void keep(struct actor *actor, fmag_hpa_t frame)
{
	if (actor->held_count == MAX_HELD)
		explore_fail("the scenario holds too many frames");
	actor->held[actor->held_count++] = frame;
}

/* A handler that interrupted a HAL call may not make one. */
static bool may_call_hal(const struct actor *actor)
{
	return stage.scenario->reentrant_hal ||
		world.threads[actor->thread].hal_mark == 0;
}

static void alloc_by(struct actor *actor, const char *name, bool reaches_hal,
	fmag_hpa_t (*verb)(struct fmag_cache *cache))
{
	fmag_hpa_t frame;

	history_begin_alloc(actor, name, 1, reaches_hal && may_call_hal(actor));
	frame = verb(stage.cache);
	history_end_alloc(actor, &frame, frame != FMAG_HPA_NONE, 1);
	if (frame != FMAG_HPA_NONE)
		keep(actor, frame);
}

void op_alloc(struct actor *actor, unsigned unused)
{
	(void)unused;
	alloc_by(actor, "alloc", true, fmag_alloc_frame);
}

void op_alloc_cached(struct actor *actor, unsigned unused)
{
	(void)unused;
	alloc_by(actor, "alloc_cached", false, fmag_alloc_frame_cached);
}

static void check_zero(fmag_hpa_t frame)
{
	if (frame != FMAG_HPA_NONE && !world.is_zero[frame_index(frame)])
		explore_fail("C1: frame %u is not zero", frame_index(frame));
}

static fmag_hpa_t alloc_that_is_zero(struct fmag_cache *cache)
{
	fmag_hpa_t frame = fmag_alloc_frame_zeroed(cache);

	check_zero(frame);
	return frame;
}

void op_alloc_zeroed(struct actor *actor, unsigned unused)
{
	(void)unused;
	alloc_by(actor, "alloc_zeroed", true, alloc_that_is_zero);
}

/* In a handler that interrupted the HAL: that it is busy proves nothing. */
void op_alloc_zeroed_if_any(struct actor *actor, unsigned unused)
{
	enum fmag_status status;
	fmag_hpa_t frame;
	size_t taken;

	(void)unused;
	history_begin_alloc(
		actor, "alloc_zeroed_if_any", 1, may_call_hal(actor));
	frame = fmag_cache_alloc_zeroed(stage.cache, &status);
	check_zero(frame);
	taken = frame != FMAG_HPA_NONE;
	if ((status == FMAG_OK) != (taken == 1))
		explore_fail("a status that is not that of the frame");
	history_end_alloc(
		actor, &frame, taken, status == FMAG_ERR_BUSY ? 0 : 1);
	if (taken > 0)
		keep(actor, frame);
}

void op_scrub(struct actor *actor, unsigned budget)
{
	history_begin_free(actor, "scrub", NULL, 0);
	actor->call.frames = 1; /* of the cache, for a moment */
	(void)fmag_cache_scrub(stage.cache, budget);
	history_end_free(actor);
}

void op_free(struct actor *actor, unsigned unused)
{
	fmag_hpa_t frame;

	(void)unused;
	if (actor->held_count == 0)
		return;
	frame = actor->held[--actor->held_count];
	history_begin_free(actor, "free", &frame, 1);
	fmag_dealloc_frame(stage.cache, frame);
	history_end_free(actor);
}

void op_alloc_many(struct actor *actor, unsigned count)
{
	fmag_hpa_t frames[MAX_HELD];
	size_t taken;

	history_begin_alloc(actor, "alloc_many", count, may_call_hal(actor));
	taken = fmag_alloc_frames(stage.cache, frames, count);
	history_end_alloc(actor, frames, taken, count);
	for (size_t i = 0; i < taken; i++)
		keep(actor, frames[i]);
}

void op_free_many(struct actor *actor, unsigned count)
{
	fmag_hpa_t frames[MAX_HELD];
	unsigned some = 0;

	while (some < count && actor->held_count > 0)
		frames[some++] = actor->held[--actor->held_count];
	history_begin_free(actor, "free_many", frames, some);
	fmag_dealloc_frames(stage.cache, frames, some);
	history_end_free(actor);
}

void op_account_alloc(struct actor *actor, unsigned unused)
{
	fmag_hpa_t frame;

	(void)unused;
	history_begin_alloc(actor, "account_alloc", 1, may_call_hal(actor));
	history_charge(actor);
	frame = fmag_account_alloc_frame(stage.account);
	history_end_alloc(actor, &frame, frame != FMAG_HPA_NONE, 1);
	if (frame == FMAG_HPA_NONE)
		return;
	keep(actor, frame);
	if (++world.charged > stage.scenario->limit)
		explore_fail("the account's limit is passed");
}

void op_account_free(struct actor *actor, unsigned unused)
{
	fmag_hpa_t frame;

	(void)unused;
	if (actor->held_count == 0)
		return;
	frame = actor->held[--actor->held_count];
	world.charged--;
	history_begin_free(actor, "account_free", &frame, 1);
	fmag_account_dealloc_frame(stage.account, frame);
	history_end_free(actor);
}

void op_charge(struct actor *actor, unsigned count)
{
	bool is_charged;

	history_begin_alloc(actor, "charge", count, may_call_hal(actor));
	history_charge(actor);
	is_charged = fmag_account_charge(stage.account, count) == FMAG_OK;
	history_end_alloc(actor, NULL, 0, !is_charged);
	if (!is_charged)
		return;
	world.charged += count;
	if (world.charged > stage.scenario->limit)
		explore_fail("the account's limit is passed");
}

/* More than was charged: the account is to say so, and to be as if it were less. */
void op_uncharge(struct actor *actor, unsigned count)
{
	if (count > world.charged && !stage.scenario->gives_too_much)
		explore_fail("the scenario gives back too much");
	world.charged -= count < world.charged ? count : world.charged;
	history_begin_free(actor, "uncharge", NULL, 0);
	actor->call.frames = (uint8_t)count;
	fmag_account_uncharge(stage.account, count);
	history_end_free(actor);
}

/* The scenario's limit is the highest: what is kept is no more than that. */
void op_set_limit(struct actor *actor, unsigned limit)
{
	history_begin_free(actor, "set_limit", NULL, 0);
	actor->call.frames = (uint8_t)stage.scenario->limit;
	(void)fmag_account_set_limit(stage.account, limit);
	history_end_free(actor);
}

void op_topup(struct actor *actor, unsigned count)
{
	struct fmag_reserve *reserve = &world.reserve;
	size_t held = reserve->count, got;
	bool is_done;

	history_begin_alloc(actor, "topup", count, may_call_hal(actor));
	is_done = fmag_reserve_topup(reserve, count) == FMAG_OK;
	got = reserve->count - held;
	if (is_done ? reserve->count < count : got != 0)
		explore_fail("topup: all or nothing, not %zu", reserve->count);
	history_end_alloc(actor, reserve->frames + held, got, got + !is_done);
}

void op_reserve_alloc(struct actor *actor, unsigned unused)
{
	(void)unused;
	if (fmag_reserve_count(&world.reserve) > 0)
		keep(actor, fmag_reserve_alloc(&world.reserve));
}

/* All that it has is everyone's from now on. */
static void give_up_reserve(struct actor *actor, const char *name,
	void (*verb)(struct fmag_reserve *reserve))
{
	struct fmag_reserve *reserve = &world.reserve;

	history_begin_free(actor, name, reserve->frames, reserve->count);
	verb(reserve);
	history_end_free(actor);
}

void op_reserve_park(struct actor *actor, unsigned unused)
{
	(void)unused;
	give_up_reserve(actor, "reserve_park", fmag_reserve_park);
}

void op_reserve_end(struct actor *actor, unsigned unused)
{
	(void)unused;
	give_up_reserve(actor, "reserve_end", fmag_reserve_fini);
}

void op_detach(struct actor *actor, unsigned cpu)
{
	struct fmag_front *front = &stage.cache->front;
	struct fmag_magazine *magazine;

	history_begin_free(actor, "detach", NULL, 0);
	if (front->ops->detach(front, cpu, &magazine) == FMAG_FRONT_DONE &&
		magazine != NULL)
		fmag_depot_put(stage.depot, 0, magazine);
	history_end_free(actor);
}

/* What was asked for is not gathered any more: but at a slot that it interrupted
 * somebody at, or that has another magazine by now. */
static void check_answer(const struct fmag_slot *slot,
	const struct fmag_magazine *was, uint64_t word)
{
	if (was != NULL && fmag_word_rounds(word) > 0 && !slot_is_busy(slot) &&
		slot_loaded(&stage.retirer->front, slot) == was &&
		fmag_fill(was->word) == fmag_fill(word))
		explore_fail("a poked CPU gathers on what it was asked for");
}

void op_poked(struct actor *actor, unsigned unused)
{
	const struct fmag_slot *slot = NULL;
	const struct fmag_magazine *was = NULL;
	uint64_t word = 0;

	(void)unused;
	history_begin_free(actor, "poked", NULL, 0);
	if (stage.retirer != NULL)
		slot = fmag_front_slot(&stage.retirer->front,
			world.threads[actor->thread].cpu);
	if (slot != NULL && slot->is_asked != 0)
		was = slot_loaded(&stage.retirer->front, slot);
	if (was != NULL)
		word = was->word;
	fmag_cpu_poked(stage.cache);
	if (was != NULL)
		check_answer(slot, was, word);
	history_end_free(actor);
}

void op_take_magazine(struct actor *actor, unsigned with_frames)
{
	history_begin_free(actor, "take_magazine", NULL, 0);
	actor->magazine = with_frames ? fmag_depot_get_frames(stage.depot, 0)
				      : fmag_depot_get_room(stage.depot, 0);
	history_end_free(actor);
}

void op_take_badly(struct actor *actor, unsigned unused)
{
	ck_stack_t *stack = &stage.depot->first.empty.ck;
	ck_stack_entry_t *entry = stack->head;

	(void)unused;
	history_begin_free(actor, "take_badly", NULL, 0);
	explore_step(__func__);
	stack->head = entry->next;
	actor->magazine = fmag_stack_magazine(entry);
	history_end_free(actor);
}

void op_put_magazine(struct actor *actor, unsigned unused)
{
	(void)unused;
	if (actor->magazine == NULL)
		return;
	history_begin_free(actor, "put_magazine", NULL, 0);
	if (fmag_word_is_local(actor->magazine->word))
		fmag_magazine_leave_slot(actor->magazine);
	fmag_depot_put(stage.depot, 0, actor->magazine);
	actor->magazine = NULL;
	history_end_free(actor);
}

void op_move(struct actor *actor, unsigned cpu)
{
	(void)actor;
	explore_migrate(cpu);
}

void op_leave_to_handler(struct actor *actor, unsigned unused)
{
	struct actor *handler = actor + 1;
	fmag_hpa_t frame = actor->held[--actor->held_count];

	(void)unused;
	keep(handler, frame);
	world.owner[frame_index(frame)] =
		(uint8_t)(world.owner[frame_index(frame)] + 1);
}

void op_spend_spare(struct actor *actor, unsigned unused)
{
	fmag_hpa_t frame = actor->held[--actor->held_count];
	struct fmag_magazine *spare = fmag_depot_get_spare(stage.depot);

	(void)unused;
	if (spare == NULL)
		explore_fail("the scenario has no spare to spend");
	history_begin_free(actor, "spend_spare", &frame, 1);
	fmag_magazine_add(spare, stage.depot->capacity, &frame, 1);
	fmag_depot_put(stage.depot, 0, spare);
	history_end_free(actor);
}

void op_enter(struct actor *actor, unsigned unused)
{
	(void)unused;
	history_begin_free(actor, "enter", NULL, 0);
	actor->entered = fmag_magazine_enter_slot(actor->magazine,
		stage.depot->capacity, &stage.cache->state->front.no_room,
		world.threads[actor->thread].cpu, false);
	history_end_free(actor);
}

void op_load(struct actor *actor, unsigned unused)
{
	struct fmag_magazine *magazine = actor->magazine;

	(void)unused;
	history_begin_free(actor, "load", NULL, 0);
	actor->magazine = NULL;
	fmag_local_load(stage.cache, magazine);
	history_end_free(actor);
}

/* What the CPU's magazine has, and no more. */
void op_pop(struct actor *actor, unsigned unused)
{
	struct fmag_front *front = &stage.cache->front;
	fmag_hpa_t frame;
	size_t taken;

	(void)unused;
	history_begin_alloc(actor, "pop", 1, false);
	frame = front->ops->pop(front);
	taken = frame != FMAG_HPA_NONE;
	history_end_alloc(actor, &frame, taken, taken);
	if (taken > 0)
		keep(actor, frame);
}

/* The middle of rseq_install(), for a magazine with which it has begun. */
void op_install(struct actor *actor, unsigned unused)
{
	struct fmag_front *front = &stage.cache->front;
	struct fmag_magazine *old;

	(void)unused;
	history_begin_free(actor, "install", NULL, 0);
	if (fmag_rseq_install(&front->hot, actor->magazine, actor->entered,
		    fmag_stay_cpu(actor->entered), &old) == FMAG_RSEQ_DONE)
		actor->magazine = fmag_front_real(front, old);
	history_end_free(actor);
}

void op_take_back(struct actor *actor, unsigned unused)
{
	struct fmag_front *front = &stage.cache->front;

	(void)unused;
	history_begin_free(actor, "take_back", NULL, 0);
	for (unsigned i = 0; i < stage.scenario->magazines; i++) {
		if (world_is_in_transit(world_magazine(i)) &&
			front->ops->take_back(front, world_magazine(i)) ==
				FMAG_FRONT_DONE)
			fmag_depot_put(stage.depot, 0, world_magazine(i));
	}
	history_end_free(actor);
}

void op_evacuate(struct actor *actor, unsigned frame)
{
	history_begin_free(actor, "evacuate", NULL, 0);
	actor->call.frames = 1; /* of others, for a moment */
	hal_take_offline(frame);
	if (fmag_cache_evacuate(stage.cache, frame_address(frame), FRAME_SIZE,
		    SIZE_MAX) == FMAG_OK)
		world.is_evacuated[frame] = 1;
	history_end_free(actor);
}

void op_evacuate_begin(struct actor *actor, unsigned frame)
{
	history_begin_free(actor, "evacuate", NULL, 0);
	actor->call.frames = 1;
	(void)fmag_cache_evacuate(
		stage.cache, frame_address(frame), FRAME_SIZE, SIZE_MAX);
	history_end_free(actor);
}

void op_readmit(struct actor *actor, unsigned frame)
{
	history_begin_free(actor, "readmit", NULL, 0);
	(void)fmag_cache_readmit(stage.cache, frame_address(frame), FRAME_SIZE);
	history_end_free(actor);
}

/* A run at most is on its way to the HAL. */
static void begin_giving(struct actor *actor, const char *name)
{
	history_begin_free(actor, name, NULL, 0);
	actor->call.frames = (uint8_t)stage.scenario->rounds;
}

void op_drain(struct actor *actor, unsigned unused)
{
	(void)unused;
	begin_giving(actor, "drain");
	(void)fmag_cache_drain(stage.cache, SIZE_MAX);
	history_end_free(actor);
}

void op_cpu_drain(struct actor *actor, unsigned cpu)
{
	history_begin_free(actor, "cpu_drain", NULL, 0);
	(void)fmag_cpu_drain(stage.cache, cpu);
	history_end_free(actor);
}

void op_trim(struct actor *actor, unsigned keep_frames)
{
	begin_giving(actor, "trim");
	(void)fmag_cache_trim(stage.cache, keep_frames, SIZE_MAX);
	history_end_free(actor);
}

void op_trim_unused(struct actor *actor, unsigned unused)
{
	(void)unused;
	begin_giving(actor, "trim_unused");
	(void)fmag_cache_trim_unused(stage.cache, SIZE_MAX);
	history_end_free(actor);
}

/* What it harvests is in its hands besides. */
void op_retire(struct actor *actor, unsigned unused)
{
	fmag_hpa_t frame;
	bool is_retired;

	(void)unused;
	if (actor->held_count == 0)
		return;
	frame = actor->held[--actor->held_count];
	history_begin_retire(actor, frame);
	actor->call.frames += (uint8_t)stage.scenario->rounds;
	is_retired = fmag_retire_frame(stage.cache, frame) == FMAG_OK;
	history_end_retire(actor, frame, is_retired);
	if (!is_retired)
		keep(actor, frame);
}

void op_retire_flush(struct actor *actor, unsigned unused)
{
	(void)unused;
	begin_giving(actor, "retire_flush");
	(void)fmag_retire_flush(stage.cache);
	history_end_free(actor);
}

void op_retire_poll(struct actor *actor, unsigned budget)
{
	begin_giving(actor, "retire_poll");
	(void)fmag_retire_poll(stage.cache, budget > 0 ? budget : SIZE_MAX);
	history_end_free(actor);
}

void op_end_grace(struct actor *actor, unsigned unused)
{
	(void)unused;
	history_begin_free(actor, "end_grace", NULL, 0);
	explore_step(__func__);
	world.grace_over = world.grace_started;
	history_end_free(actor);
}
