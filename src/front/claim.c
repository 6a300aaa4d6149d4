/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claim front: works anywhere, and on any CPU's slot from any CPU.
 *
 * One atomic exchange takes the slot; one release store gives it up. An
 * exchange that finds it BUSY has taken nothing and changed nothing: its caller
 * is told MISS and goes to the depot. So a holder that is preempted,
 * interrupted or stopped for ever costs its CPU one magazine, and nobody any
 * time (G3, G4, G6).
 *
 * Invariants:
 *   C1 Between an exchange that returned 0 and the store that ends it, the slot
 *      has exactly one holder.
 *   C2 Whoever holds the slot finds it as the last holder left it.
 *
 * Ordering:
 *   is_busy exchange  acquire   partner of the last holder's release
 *   is_busy store     release   the holder's plain accesses of loaded, moves
 *                               and the magazine come before it
 *   is_busy load      relaxed   has_slot: a hint
 *   moves store       relaxed   comes out with the release of is_busy
 *   moves load        acquire   a scan reads it before and after the rest (G4)
 */
#include "base/atomic.h"
#include "base/compiler.h"
#include "front/front.h"

static bool claim(struct fmag_slot *slot)
{
	return fmag_exchange_acquire(&slot->claim.is_busy, 1u) == 0;
}

/*
 * Gives the slot up, after `changes` that a scan must see: each operation is one
 * but a pop that found nothing, even if it left the frames as they were, since
 * they were in its hands.
 */
static void release(struct fmag_slot *slot, size_t changes)
{
	fmag_store_relaxed(&slot->claim.moves, slot->claim.moves + changes);
	fmag_store_release(&slot->claim.is_busy, 0u);
}

static struct fmag_slot *own_slot(const struct fmag_front *front)
{
	return fmag_front_slot(front, fmag_front_cpu(front));
}

/* The caller's CPU's slot, taken; NULL where it is not to be had. */
static struct fmag_slot *claim_own(const struct fmag_front *front)
{
	struct fmag_slot *slot = own_slot(front);

	return slot != NULL && fmag_likely(claim(slot)) ? slot : NULL;
}

/* By the slot's holder. */

static fmag_hpa_t pop_held(struct fmag_slot *slot)
{
	fmag_hpa_t frame = fmag_magazine_pop(slot->claim.loaded);

	release(slot, frame != FMAG_HPA_NONE);
	return frame;
}

/* Another magazine, or the stub, for the slot's; that one, SHARED, or NULL. */
static struct fmag_magazine *replace_held(struct fmag_front *front,
	struct fmag_slot *slot, struct fmag_magazine *magazine)
{
	struct fmag_magazine *old = fmag_front_real(front, slot->claim.loaded);

	if (old != NULL)
		fmag_magazine_leave_slot(old);
	slot->claim.loaded = magazine;
	return old;
}

/* The operations. */

static fmag_hpa_t claim_pop(struct fmag_front *front)
{
	struct fmag_slot *slot = claim_own(front);

	return slot != NULL ? pop_held(slot) : FMAG_HPA_NONE;
}

static enum fmag_front_result claim_pop_on(
	struct fmag_front *front, unsigned cpu, fmag_hpa_t *frame)
{
	struct fmag_slot *slot = fmag_front_slot(front, cpu);

	*frame = FMAG_HPA_NONE;
	if (slot == NULL || !claim(slot))
		return FMAG_FRONT_REFUSED;
	*frame = pop_held(slot);
	return *frame != FMAG_HPA_NONE ? FMAG_FRONT_DONE : FMAG_FRONT_MISS;
}

static enum fmag_front_result claim_push(
	struct fmag_front *front, fmag_hpa_t frame)
{
	struct fmag_slot *slot = claim_own(front);
	enum fmag_front_result result = FMAG_FRONT_DONE;

	if (slot == NULL)
		return FMAG_FRONT_MISS;
	if (fmag_unlikely(fmag_magazine_is_on_top(slot->claim.loaded, frame)))
		result = FMAG_FRONT_REPEAT;
	else if (!fmag_magazine_push(slot->claim.loaded, frame))
		result = FMAG_FRONT_MISS;
	release(slot, 1);
	return result;
}

static size_t claim_pop_many(
	struct fmag_front *front, fmag_hpa_t *frames, size_t count)
{
	struct fmag_slot *slot = claim_own(front);
	size_t popped;

	if (slot == NULL)
		return 0;
	popped = fmag_magazine_pop_many(slot->claim.loaded, frames, count);
	release(slot, popped);
	return popped;
}

static size_t claim_push_many(
	struct fmag_front *front, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_slot *slot = claim_own(front);
	size_t pushed = 0;

	if (slot == NULL)
		return 0;
	if (fmag_likely(
		    !fmag_magazine_is_on_top(slot->claim.loaded, frames[0])))
		pushed = fmag_magazine_push_many(
			slot->claim.loaded, frames, count);
	release(slot, pushed + 1);
	return pushed;
}

static enum fmag_front_result claim_install(struct fmag_front *front,
	struct fmag_magazine *magazine, size_t limit,
	struct fmag_magazine **displaced)
{
	struct fmag_slot *slot = claim_own(front);

	*displaced = NULL;
	if (slot == NULL)
		return FMAG_FRONT_REFUSED;
	/* In this order no more than one is LOCAL, and out of reach (G4). */
	*displaced = replace_held(front, slot, fmag_front_stub(front));
	fmag_magazine_enter_slot(magazine, limit);
	slot->claim.loaded = magazine;
	release(slot, 1);
	return FMAG_FRONT_DONE;
}

static enum fmag_front_result claim_detach(
	struct fmag_front *front, unsigned cpu, struct fmag_magazine **magazine)
{
	struct fmag_slot *slot = fmag_front_slot(front, cpu);

	*magazine = NULL;
	if (slot == NULL || !claim(slot))
		return FMAG_FRONT_REFUSED;
	*magazine = replace_held(front, slot, fmag_front_stub(front));
	release(slot, 1);
	return FMAG_FRONT_DONE;
}

/* Only a holder of a BUSY slot has such a magazine. */
static enum fmag_front_result claim_free_transit(
	struct fmag_front *front, struct fmag_magazine *magazine)
{
	(void)front;
	(void)magazine;
	return FMAG_FRONT_REFUSED;
}

static bool claim_has_slot(const struct fmag_front *front)
{
	const struct fmag_slot *slot = own_slot(front);

	return slot != NULL && fmag_load_relaxed(&slot->claim.is_busy) == 0;
}

static uint64_t claim_moves(const struct fmag_front *front, unsigned cpu)
{
	const struct fmag_slot *slot = fmag_front_slot(front, cpu);
	uint64_t moves;

	if (slot == NULL)
		return 0;
	/* A holder that has raised it may not have given the slot up yet. */
	moves = fmag_load_acquire(&slot->claim.moves);
	return 2 * moves + !fmag_load_acquire(&slot->claim.is_busy);
}

const struct fmag_front_ops fmag_front_claim = {
	.pop = claim_pop,
	.push = claim_push,
	.pop_many = claim_pop_many,
	.push_many = claim_push_many,
	.pop_on = claim_pop_on,
	.install = claim_install,
	.detach = claim_detach,
	.free_transit = claim_free_transit,
	.has_slot = claim_has_slot,
	.moves = claim_moves,
};
