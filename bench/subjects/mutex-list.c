/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A free list behind a mutex.
 */
#include "serve/over_hal.h"

static enum fmag_status open_mutex(size_t frames, void **ctx)
{
	return over_hal_open(&allocator_mutex, frames, ctx);
}

const struct run_subject run_subject = {
	.open = open_mutex,
	.close = over_hal_close,
	.inventory = over_hal_inventory,
	.loops = RUN_LOOPS,
};
