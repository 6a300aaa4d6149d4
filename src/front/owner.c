/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The owner front: a slot is used by its CPU only, by plain loads and stores
 * (front/owner.h). What nobody else can take from it, it gives up itself, when
 * it misses or is poked.
 *
 * An exchange of magazines leaves the old one first and enters the new one then,
 * so that a CPU that stops for ever keeps one LOCAL magazine at most (G4).
 *
 * Ordering:
 *   is_busy      relaxed   seen by handlers of the same CPU, in program order
 *   loaded       relaxed   likewise; others only read it, for moves
 *   is_asked     relaxed   a request; the magazine is ordered by its word
 */
#include "front/owner.h"

/* An operation at the slot of the CPU it runs on. */
struct owner {
	struct fmag_slot *slot;
	unsigned cpu;
	uintptr_t masked; /* what mask returned */
};

static void unmask(const struct fmag_front *front, const struct owner *owner)
{
	if (front->mask != NULL)
		front->unmask(front->hook_ctx, owner->masked);
}

/* False where the slot is busy, or there is none: there is nothing to leave. */
static bool enter(const struct fmag_front *front, struct owner *owner)
{
	owner->masked = 0;
	if (front->mask != NULL)
		owner->masked = front->mask(front->hook_ctx);
	owner->cpu = fmag_front_cpu(front);
	owner->slot = fmag_front_slot(front, owner->cpu);
	if (fmag_owner_mark(owner->slot))
		return true;
	unmask(front, owner);
	return false;
}

static void leave(const struct fmag_front *front, const struct owner *owner)
{
	fmag_owner_unmark(owner->slot);
	unmask(front, owner);
}

/* By whoever entered. */
static struct fmag_magazine *loaded(const struct owner *owner)
{
	return fmag_load_relaxed(&owner->slot->loaded);
}

static fmag_hpa_t owner_pop(struct fmag_front *front)
{
	struct owner owner;
	fmag_hpa_t frame;

	if (!enter(front, &owner))
		return FMAG_HPA_NONE;
	frame = fmag_owner_pop(owner.slot);
	unmask(front, &owner);
	return frame;
}

static enum fmag_front_result owner_push(
	struct fmag_front *front, fmag_hpa_t frame)
{
	enum fmag_front_result result;
	struct owner owner;

	if (!enter(front, &owner))
		return FMAG_FRONT_MISS;
	result = fmag_owner_push(owner.slot, frame);
	unmask(front, &owner);
	return result;
}

static size_t owner_pop_many(
	struct fmag_front *front, fmag_hpa_t *frames, size_t count)
{
	struct owner owner;
	size_t popped;

	if (!enter(front, &owner))
		return 0;
	popped = fmag_magazine_pop_many(loaded(&owner), frames, count);
	leave(front, &owner);
	return popped;
}

static size_t owner_push_many(
	struct fmag_front *front, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_magazine *magazine;
	struct owner owner;
	size_t pushed = 0;

	if (!enter(front, &owner))
		return 0;
	magazine = loaded(&owner);
	if (!fmag_magazine_is_on_top(magazine, frames[0]))
		pushed = fmag_magazine_push_many(magazine, frames, count);
	leave(front, &owner);
	return pushed;
}

/* By whoever entered: the slot is closed now. NULL: it was. */
static struct fmag_magazine *take_loaded(
	struct fmag_front *front, const struct owner *owner)
{
	struct fmag_magazine *old = fmag_front_real(front, loaded(owner));

	fmag_store_relaxed(&owner->slot->loaded, fmag_front_stub(front));
	if (old != NULL)
		fmag_magazine_leave_slot(old);
	return old;
}

static enum fmag_front_result owner_install(struct fmag_front *front,
	struct fmag_magazine *magazine, size_t limit,
	struct fmag_magazine **displaced)
{
	struct owner owner;

	*displaced = NULL;
	if (!enter(front, &owner))
		return FMAG_FRONT_REFUSED;
	*displaced = take_loaded(front, &owner);
	fmag_magazine_enter_slot(
		magazine, limit, &front->shared->no_room, owner.cpu, true);
	fmag_store_relaxed(&owner.slot->loaded, magazine);
	leave(front, &owner);
	return FMAG_FRONT_DONE;
}

/* Another CPU is asked, and not waited for. */
static void ask(struct fmag_front *front, unsigned cpu)
{
	struct fmag_slot *slot = fmag_front_slot(front, cpu);

	if (slot == NULL || fmag_exchange_acquire(&slot->is_asked, 1u) != 0)
		return;
	if (front->poke_cpu != NULL)
		front->poke_cpu(front->hook_ctx, cpu);
}

/* False where `cpu` is not the caller's, or its slot is BUSY. */
static bool enter_on(
	struct fmag_front *front, unsigned cpu, struct owner *owner)
{
	if (!enter(front, owner))
		return false;
	if (owner->cpu == cpu)
		return true;
	leave(front, owner);
	return false;
}

static enum fmag_front_result owner_detach(
	struct fmag_front *front, unsigned cpu, struct fmag_magazine **magazine)
{
	struct owner owner;

	*magazine = NULL;
	if (!enter_on(front, cpu, &owner)) {
		ask(front, cpu);
		return FMAG_FRONT_REFUSED;
	}
	*magazine = take_loaded(front, &owner);
	leave(front, &owner);
	return FMAG_FRONT_DONE;
}

/* Another CPU gives it up itself. One that is in no slot is in its CPU's hands. */
static enum fmag_front_result owner_take_back(
	struct fmag_front *front, struct fmag_magazine *magazine)
{
	uint64_t stay, word = fmag_magazine_observe(magazine, &stay);
	unsigned cpu = fmag_stay_cpu(stay);
	bool is_there = false;
	struct owner owner;

	if (!fmag_word_is_local(word))
		return FMAG_FRONT_REFUSED;
	if (!enter_on(front, cpu, &owner)) {
		ask(front, cpu);
		return FMAG_FRONT_REFUSED;
	}
	is_there = loaded(&owner) == magazine;
	if (is_there)
		take_loaded(front, &owner);
	leave(front, &owner);
	return is_there ? FMAG_FRONT_DONE : FMAG_FRONT_REFUSED;
}

static bool owner_has_slot(const struct fmag_front *front)
{
	struct owner owner;

	if (!enter(front, &owner))
		return false;
	leave(front, &owner);
	return true;
}

/* A BUSY slot is one's own, and stays so for as long as this call lasts. */
static uint64_t owner_moves(const struct fmag_front *front)
{
	(void)front;
	return 0;
}

static bool owner_reaches_loaded(const struct fmag_front *front)
{
	(void)front;
	return false;
}

const struct fmag_front_ops fmag_front_owner = {
	.pop = owner_pop,
	.push = owner_push,
	.pop_many = owner_pop_many,
	.push_many = owner_push_many,
	.install = owner_install,
	.detach = owner_detach,
	.take_back = owner_take_back,
	.has_slot = owner_has_slot,
	.moves = owner_moves,
	.reaches_loaded = owner_reaches_loaded,
};
