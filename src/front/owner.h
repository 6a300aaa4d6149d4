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
 *   slot's is_asked  anyone sets it; its CPU takes it back
 *   slot's loaded    its CPU, while is_busy
 */
#ifndef FMAG_FRONT_OWNER_H
#define FMAG_FRONT_OWNER_H

#include "base/atomic.h"
#include "front/front.h"

/* An operation at the slot of the CPU it runs on. */
struct fmag_owner {
	struct fmag_slot *slot;
	uintptr_t masked; /* what mask returned */
};

/* False where the slot is busy, or there is none: there is nothing to leave. */
static inline bool fmag_owner_enter(
	const struct fmag_front *front, struct fmag_owner *owner)
{
	owner->masked = 0;
	if (fmag_unlikely(front->mask != NULL))
		owner->masked = front->mask(front->hook_ctx);
	owner->slot = fmag_front_slot(front, fmag_front_cpu(front));
	if (fmag_likely(owner->slot != NULL &&
		    fmag_load_relaxed(&owner->slot->is_busy) == 0)) {
		fmag_store_relaxed(&owner->slot->is_busy, 1u);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		return true;
	}
	if (front->mask != NULL)
		front->unmask(front->hook_ctx, owner->masked);
	return false;
}

static inline void fmag_owner_leave(
	const struct fmag_front *front, const struct fmag_owner *owner)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	fmag_store_relaxed(&owner->slot->is_busy, 0u);
	if (fmag_unlikely(front->mask != NULL))
		front->unmask(front->hook_ctx, owner->masked);
}

/* By whoever entered. */
static inline struct fmag_magazine *fmag_owner_loaded(
	const struct fmag_owner *owner)
{
	return fmag_load_relaxed(&owner->slot->loaded);
}

/* FMAG_HPA_NONE: a miss. */
static inline fmag_hpa_t fmag_owner_pop(const struct fmag_front *front)
{
	struct fmag_owner owner;
	fmag_hpa_t frame;

	if (fmag_unlikely(!fmag_owner_enter(front, &owner)))
		return FMAG_HPA_NONE;
	frame = fmag_magazine_pop(fmag_owner_loaded(&owner));
	fmag_owner_leave(front, &owner);
	return frame;
}

static inline enum fmag_front_result fmag_owner_push(
	const struct fmag_front *front, fmag_hpa_t frame)
{
	enum fmag_front_result result = FMAG_FRONT_DONE;
	struct fmag_magazine *magazine;
	struct fmag_owner owner;

	if (fmag_unlikely(!fmag_owner_enter(front, &owner)))
		return FMAG_FRONT_MISS;
	magazine = fmag_owner_loaded(&owner);
	if (fmag_unlikely(fmag_magazine_is_on_top(magazine, frame)))
		result = FMAG_FRONT_REPEAT;
	else if (fmag_unlikely(!fmag_magazine_push(magazine, frame)))
		result = FMAG_FRONT_MISS;
	fmag_owner_leave(front, &owner);
	return result;
}

#endif
