/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A free list behind a mutex.
 */
#include "run/over_hal.h"

static enum fmag_status open_mutex(size_t frames, void **ctx)
{
	return over_hal_open(&subject_mutex, frames, ctx);
}

const struct run_subject run_mutex = {
	.name = "mutex list",
	.open = open_mutex,
	.close = over_hal_close,
	.loops = RUN_LOOPS,
};
