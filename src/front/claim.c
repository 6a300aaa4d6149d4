/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claim front: works anywhere, and on any CPU's slot from any CPU.
 *
 * One atomic exchange of the slot's state for BUSY takes the CPU's magazines;
 * one release store puts them back. An exchange that finds BUSY has taken
 * nothing and changed nothing: its caller is told MISS and goes to the depot.
 * So a holder that is preempted, interrupted or stopped for ever costs its CPU
 * two magazines at most, and nobody any time (G3, G4, G6).
 *
 * Invariants:
 *   C1 Between an exchange that returned another state than BUSY and the store
 *      that ends it, the slot has exactly one holder.
 *   C2 OPEN: loaded is a magazine, previous one or NULL. EMPTY, DETACHED: both
 *      NULL. So whoever holds the slot finds it as the last holder left it.
 *
 * Ordering:
 *   state exchange   acquire   partner of the last holder's release
 *   state store      release   the holder's plain accesses of loaded, previous,
 *                              moves and the two magazines come before it
 *   state load       relaxed   is_open: a hint
 *   moves store      relaxed   comes out with the release of the state
 *   moves load       acquire   a scan reads it before and after the rest (G4)
 */
#include "base/atomic.h"
#include "base/compiler.h"
#include "front/front.h"

enum slot_state {
	SLOT_EMPTY = 0, /* what fresh or wiped memory says */
	SLOT_OPEN,
	SLOT_BUSY,
	SLOT_DETACHED,
};

struct fmag_slot {
	uint32_t state; /* enum slot_state */
	uint64_t moves;
	struct fmag_magazine *loaded;
	struct fmag_magazine *previous;
} __attribute__((aligned(FMAG_CACHE_SLOT_SIZE_)));

_Static_assert(sizeof(struct fmag_slot) == FMAG_CACHE_SLOT_SIZE_,
	"FMAG_CACHE_STORAGE_SIZE counts slots");

/* Takes the slot; the state it was in. SLOT_BUSY: not taken. */
static uint32_t claim(struct fmag_slot *slot)
{
	return fmag_exchange_acquire(&slot->state, SLOT_BUSY);
}

static void release(struct fmag_slot *slot, uint32_t state)
{
	fmag_store_release(&slot->state, state);
}

/* Puts the slot back, after `changes` that a scan must see. */
static void reopen(struct fmag_slot *slot, size_t changes)
{
	fmag_store_relaxed(&slot->moves, slot->moves + changes);
	release(slot, SLOT_OPEN);
}

static struct fmag_slot *slot_of(const struct fmag_front *front, unsigned cpu)
{
	return fmag_likely(cpu < front->cpu_count) ? &front->slots[cpu] : NULL;
}

static struct fmag_slot *own_slot(const struct fmag_front *front)
{
	return slot_of(front, fmag_front_cpu(front));
}

/* Takes a slot if it is OPEN; otherwise leaves it as it is. What it was. */
static uint32_t claim_open(struct fmag_slot *slot)
{
	uint32_t state = claim(slot);

	if (fmag_unlikely(state != SLOT_OPEN && state != SLOT_BUSY))
		release(slot, state);
	return state;
}

/* The caller's CPU's slot, taken; NULL where it is not to be had. */
static struct fmag_slot *claim_own_open(const struct fmag_front *front)
{
	struct fmag_slot *slot = own_slot(front);

	if (slot == NULL || claim_open(slot) != SLOT_OPEN)
		return NULL;
	return slot;
}

/* By the slot's holder. */

static void exchange(struct fmag_slot *slot)
{
	struct fmag_magazine *loaded = slot->loaded;

	slot->loaded = slot->previous;
	slot->previous = loaded;
}

static bool exchange_for_rounds(struct fmag_slot *slot)
{
	if (slot->previous == NULL || fmag_magazine_rounds(slot->previous) == 0)
		return false;
	exchange(slot);
	return true;
}

static bool exchange_for_room(struct fmag_slot *slot, size_t capacity)
{
	if (slot->previous == NULL ||
		fmag_magazine_rounds(slot->previous) == capacity)
		return false;
	exchange(slot);
	return true;
}

static bool is_on_top(const struct fmag_magazine *magazine, fmag_hpa_t frame)
{
	size_t rounds = fmag_magazine_rounds(magazine);

	return rounds > 0 && fmag_magazine_top(magazine, rounds) == frame;
}

static enum fmag_front_result push_held(
	struct fmag_slot *slot, size_t capacity, fmag_hpa_t frame)
{
	if (fmag_unlikely(is_on_top(slot->loaded, frame)))
		return FMAG_FRONT_REPEAT;
	if (fmag_likely(fmag_magazine_push(slot->loaded, capacity, frame)))
		return FMAG_FRONT_DONE;
	if (!exchange_for_room(slot, capacity))
		return FMAG_FRONT_MISS;
	fmag_magazine_push(slot->loaded, capacity, frame);
	return FMAG_FRONT_DONE;
}

/* Takes the top frame and gives the slot up. */
static fmag_hpa_t pop_held(struct fmag_slot *slot)
{
	fmag_hpa_t frame = fmag_magazine_pop(slot->loaded);

	if (fmag_unlikely(frame == FMAG_HPA_NONE) && exchange_for_rounds(slot))
		frame = fmag_magazine_pop(slot->loaded);
	reopen(slot, frame != FMAG_HPA_NONE);
	return frame;
}

/* The operations. */

static fmag_hpa_t claim_pop(struct fmag_front *front)
{
	struct fmag_slot *slot = claim_own_open(front);

	return slot != NULL ? pop_held(slot) : FMAG_HPA_NONE;
}

static enum fmag_front_result claim_pop_on(
	struct fmag_front *front, unsigned cpu, fmag_hpa_t *frame)
{
	struct fmag_slot *slot = slot_of(front, cpu);
	uint32_t state = slot != NULL ? claim_open(slot) : SLOT_BUSY;

	*frame = FMAG_HPA_NONE;
	if (state == SLOT_BUSY)
		return FMAG_FRONT_REFUSED;
	if (state == SLOT_OPEN)
		*frame = pop_held(slot);
	return *frame != FMAG_HPA_NONE ? FMAG_FRONT_DONE : FMAG_FRONT_MISS;
}

static enum fmag_front_result claim_push(
	struct fmag_front *front, fmag_hpa_t frame)
{
	struct fmag_slot *slot = claim_own_open(front);
	enum fmag_front_result result;

	if (slot == NULL)
		return FMAG_FRONT_MISS;
	result = push_held(slot, front->capacity, frame);
	reopen(slot, 1);
	return result;
}

static size_t claim_pop_many(
	struct fmag_front *front, fmag_hpa_t *frames, size_t count)
{
	struct fmag_slot *slot = claim_own_open(front);
	size_t popped;

	if (slot == NULL)
		return 0;
	popped = fmag_magazine_pop_many(slot->loaded, frames, count);
	if (popped < count && exchange_for_rounds(slot))
		popped += fmag_magazine_pop_many(
			slot->loaded, frames + popped, count - popped);
	reopen(slot, popped);
	return popped;
}

static size_t claim_push_many(
	struct fmag_front *front, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_slot *slot = claim_own_open(front);
	size_t pushed = 0;

	if (slot == NULL)
		return 0;
	while (pushed < count &&
		push_held(slot, front->capacity, frames[pushed]) ==
			FMAG_FRONT_DONE)
		pushed++;
	reopen(slot, pushed + 1);
	return pushed;
}

static enum fmag_front_result claim_install(struct fmag_front *front,
	struct fmag_magazine *magazine, struct fmag_magazine **displaced)
{
	struct fmag_slot *slot = own_slot(front);

	*displaced = NULL;
	if (slot == NULL || claim(slot) == SLOT_BUSY)
		return FMAG_FRONT_REFUSED;
	/* In this order no more than two are LOCAL, and out of reach (G4). */
	*displaced = slot->previous;
	if (*displaced != NULL)
		fmag_magazine_leave_slot(*displaced);
	slot->previous = slot->loaded;
	fmag_magazine_enter_slot(magazine);
	slot->loaded = magazine;
	reopen(slot, 1);
	return FMAG_FRONT_DONE;
}

static enum fmag_front_result claim_detach(struct fmag_front *front,
	unsigned cpu, struct fmag_magazine *magazines[2])
{
	struct fmag_slot *slot = &front->slots[cpu];

	magazines[0] = magazines[1] = NULL;
	if (claim(slot) == SLOT_BUSY)
		return FMAG_FRONT_REFUSED;
	magazines[0] = slot->loaded;
	magazines[1] = slot->previous;
	slot->loaded = slot->previous = NULL;
	for (size_t i = 0; i < 2; i++) {
		if (magazines[i] != NULL)
			fmag_magazine_leave_slot(magazines[i]);
	}
	fmag_store_relaxed(&slot->moves, slot->moves + 1);
	release(slot, SLOT_DETACHED);
	return FMAG_FRONT_DONE;
}

static bool claim_is_open(const struct fmag_front *front)
{
	const struct fmag_slot *slot = own_slot(front);

	return slot != NULL && fmag_load_relaxed(&slot->state) != SLOT_BUSY;
}

static uint64_t claim_moves(const struct fmag_front *front, unsigned cpu)
{
	return fmag_load_acquire(&front->slots[cpu].moves);
}

const struct fmag_front_ops fmag_front_claim = {
	.pop = claim_pop,
	.pop_on = claim_pop_on,
	.push = claim_push,
	.pop_many = claim_pop_many,
	.push_many = claim_push_many,
	.install = claim_install,
	.detach = claim_detach,
	.is_open = claim_is_open,
	.moves = claim_moves,
};
