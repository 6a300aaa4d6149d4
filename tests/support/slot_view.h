/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies in a slot of the claim front (src/front/claim.c keeps its layout to
 * itself): for tests that stop a holder, or look where a magazine is.
 */
#ifndef TESTS_SUPPORT_SLOT_VIEW_H
#define TESTS_SUPPORT_SLOT_VIEW_H

#include "front/front.h"

enum slot_view_state {
	SLOT_VIEW_EMPTY = 0,
	SLOT_VIEW_OPEN,
	SLOT_VIEW_BUSY,
	SLOT_VIEW_DETACHED,
};

struct slot_view {
	uint32_t state; /* enum slot_view_state */
	uint64_t moves;
	struct fmag_magazine *loaded;
	struct fmag_magazine *previous;
} __attribute__((aligned(FMAG_CACHE_SLOT_SIZE_)));

static inline struct slot_view *slot_view(
	const struct fmag_front *front, unsigned cpu)
{
	return (struct slot_view *)(void *)front->slots + cpu;
}

#endif
