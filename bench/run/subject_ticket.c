/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bitmap under a ticket lock.
 */
#include "run/over_hal.h"

static enum fmag_status open_ticket(size_t frames, void **ctx)
{
	return over_hal_open(&subject_ticket, frames, ctx);
}

const struct run_subject run_ticket = {
	.name = "ticket bitmap",
	.spins = true,
	.open = open_ticket,
	.close = over_hal_close,
	.loops = RUN_LOOPS,
};
