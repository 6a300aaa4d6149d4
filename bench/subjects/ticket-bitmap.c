/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bitmap under a ticket lock.
 */
#include "serve/over_hal.h"

static enum fmag_status open_ticket(size_t frames, void **ctx)
{
	return over_hal_open(&allocator_ticket, frames, ctx);
}

const struct run_subject run_subject = {
	.spins = true,
	.open = open_ticket,
	.close = over_hal_close,
	.inventory = over_hal_inventory,
	.loops = RUN_LOOPS,
};
