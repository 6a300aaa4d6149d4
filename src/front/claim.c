/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claim front: works anywhere, and on any CPU's slot from any CPU.
 *
 * One compare-and-swap takes the slot; one release store gives it up. Who finds
 * it BUSY, or is too late, has changed nothing: its caller is told MISS and goes
 * to the depot. So a holder that is preempted, interrupted or stopped for ever
 * costs its CPU one magazine, and nobody any time (G3, G4, G6).
 *
 * The slot's word is {changes:63, BUSY:1}: what a scan must see of a slot, in one
 * word with the mark, so that it is seen when the slot can be had again, and not
 * before. Each operation is a change but a pop that found the magazine empty: even
 * one that left the frames as they were, since they were in its hands.
 *
 * Invariants:
 *   C1 Between the swap that raised BUSY and the store that ends it, the slot has
 *      exactly one holder, and the word keeps its changes.
 *   C2 Whoever holds the slot finds it as the last holder left it.
 *
 * Ordering:
 *   word swap         acquire   partner of the last holder's release
 *   word store        release   the holder's plain accesses of loaded and the
 *                               magazine come before it
 *   word load         relaxed   before the swap, and has_slot: a hint; by the
 *                               holder: it alone changes it
 *   word load, moves  acquire   a scan reads it before and after the rest (G4)
 */
#include "base/atomic.h"
#include "base/compiler.h"
#include "front/front.h"

#define BUSY   ((uint64_t)1)
#define CHANGE ((uint64_t)2)

static bool claim(struct fmag_slot *slot)
{
	uint64_t word = fmag_load_relaxed(&slot->claim.word);

	return (word & BUSY) == 0 &&
		fmag_cas_acquire(&slot->claim.word, &word, word | BUSY);
}

static void release(struct fmag_slot *slot, bool is_change)
{
	uint64_t word = fmag_load_relaxed(&slot->claim.word) - BUSY;

	fmag_store_release(&slot->claim.word, word + (is_change ? CHANGE : 0));
}

static struct fmag_slot *own_slot(const struct fmag_front *front)
{
	return fmag_front_slot(front, fmag_front_cpu(front));
}

static unsigned cpu_of(
	const struct fmag_front *front, const struct fmag_slot *slot)
{
	return (unsigned)(slot - fmag_front_slot(front, 0));
}

/* The caller's CPU's slot, taken; NULL where it is not to be had. */
static struct fmag_slot *claim_own(const struct fmag_front *front)
{
	struct fmag_slot *slot = own_slot(front);

	return slot != NULL && fmag_likely(claim(slot)) ? slot : NULL;
}

/* By the slot's holder. */

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
	fmag_hpa_t frame;

	if (slot == NULL)
		return FMAG_HPA_NONE;
	frame = fmag_magazine_pop(slot->claim.loaded);
	release(slot, frame != FMAG_HPA_NONE);
	return frame;
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
	release(slot, true);
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
	release(slot, popped > 0);
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
	release(slot, true);
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
	fmag_magazine_enter_slot(magazine, limit, &front->shared->no_room,
		cpu_of(front, slot), false);
	slot->claim.loaded = magazine;
	release(slot, true);
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
	release(slot, true);
	return FMAG_FRONT_DONE;
}

/* One that is in no slot is in the hands of a holder. */
static enum fmag_front_result claim_take_back(
	struct fmag_front *front, struct fmag_magazine *magazine)
{
	uint64_t stay, word = fmag_magazine_observe(magazine, &stay);
	struct fmag_slot *slot = fmag_front_slot(front, fmag_stay_cpu(stay));
	bool is_there;

	if (!fmag_word_is_local(word) || slot == NULL || !claim(slot))
		return FMAG_FRONT_REFUSED;
	is_there = slot->claim.loaded == magazine;
	if (is_there)
		replace_held(front, slot, fmag_front_stub(front));
	release(slot, true);
	return is_there ? FMAG_FRONT_DONE : FMAG_FRONT_REFUSED;
}

static bool claim_has_slot(const struct fmag_front *front)
{
	const struct fmag_slot *slot = own_slot(front);

	return slot != NULL &&
		(fmag_load_relaxed(&slot->claim.word) & BUSY) == 0;
}

static uint64_t claim_moves(const struct fmag_front *front)
{
	uint64_t moves = 0;

	for (unsigned cpu = 0; cpu < front->hot.cpu_count; cpu++)
		moves += fmag_load_acquire(
				 &fmag_front_slot(front, cpu)->claim.word) /
			CHANGE;
	return moves;
}

static bool claim_reaches_loaded(const struct fmag_front *front)
{
	(void)front;
	return true;
}

const struct fmag_front_ops fmag_front_claim = {
	.pop = claim_pop,
	.push = claim_push,
	.pop_many = claim_pop_many,
	.push_many = claim_push_many,
	.install = claim_install,
	.detach = claim_detach,
	.take_back = claim_take_back,
	.has_slot = claim_has_slot,
	.moves = claim_moves,
	.reaches_loaded = claim_reaches_loaded,
};
