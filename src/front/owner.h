/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The owner front's hit: for the front itself, and for builds that inline it
 * (front/hit.h).
 *
 * The host promises that a slot is used by its CPU only, so there is nothing to
 * order but what a handler sees that interrupts an operation on the same CPU:
 * plain stores in program order. The busy mark tells it, and sends it to the
 * depot. A handler that comes between the look at the mark and its rise has
 * returned before the interrupted operation goes on, and that has not looked at
 * the magazine yet.
 *
 * Who may write which word:
 *   slot's is_busy   its CPU; 1 for as long as an operation is at the magazine
 *   slot's loaded    its CPU, while is_busy
 */
#ifndef FMAG_FRONT_OWNER_H
#define FMAG_FRONT_OWNER_H

#include "base/atomic.h"
#include "front/front.h"

/* False where the slot is busy, or there is none: there is nothing to unmark. */
static inline bool fmag_owner_mark(struct fmag_slot *slot)
{
	if (fmag_unlikely(
		    slot == NULL || fmag_load_relaxed(&slot->is_busy) != 0))
		return false;
	fmag_store_relaxed(&slot->is_busy, 1u);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return true;
}

static inline void fmag_owner_unmark(struct fmag_slot *slot)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	fmag_store_relaxed(&slot->is_busy, 0u);
}

/* By whoever marked the slot. FMAG_HPA_NONE: a miss. */
static inline fmag_hpa_t fmag_owner_pop(struct fmag_slot *slot)
{
	fmag_hpa_t frame = fmag_magazine_pop(fmag_load_relaxed(&slot->loaded));

	fmag_owner_unmark(slot);
	return frame;
}

static inline enum fmag_front_result fmag_owner_push(
	struct fmag_slot *slot, fmag_hpa_t frame)
{
	struct fmag_magazine *magazine = fmag_load_relaxed(&slot->loaded);
	uint64_t word = fmag_load_relaxed(&magazine->word);
	size_t rounds = fmag_word_rounds(word);
	enum fmag_front_result result = FMAG_FRONT_DONE;

	if (fmag_unlikely(fmag_magazine_top(magazine, rounds) == frame))
		result = FMAG_FRONT_REPEAT;
	else if (fmag_unlikely(!fmag_magazine_push_onto(magazine, word, frame)))
		result = FMAG_FRONT_MISS;
	fmag_owner_unmark(slot);
	return result;
}

/*
 * The slot that a hit may use, unmasked as its caller is: NULL where there is
 * none, and where the host masks its callers.
 */
static inline struct fmag_slot *fmag_owner_hit_slot(
	const struct fmag_front *front)
{
	unsigned cpu = fmag_front_cpu(front);

	fmag_assume(front->hot.hit_cpus <= front->hot.cpu_count);
	return cpu < front->hot.hit_cpus ? fmag_front_slot(front, cpu) : NULL;
}

#endif
