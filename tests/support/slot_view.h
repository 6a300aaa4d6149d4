/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU's slot, whichever front the cache has: for tests that stop a holder, or
 * look where a magazine is.
 */
#ifndef TESTS_SUPPORT_SLOT_VIEW_H
#define TESTS_SUPPORT_SLOT_VIEW_H

#include "front/front.h"

static inline bool slot_is_busy(const struct fmag_slot *slot)
{
	return (slot->claim.word & 1) != 0 || slot->is_busy != 0;
}

/* NULL where the slot is closed. */
static inline struct fmag_magazine *slot_loaded(
	const struct fmag_front *front, const struct fmag_slot *slot)
{
	return fmag_front_real(front,
		front->ops == &fmag_front_claim ? slot->claim.loaded
						: slot->loaded);
}

#endif
