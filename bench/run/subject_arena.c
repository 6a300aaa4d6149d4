/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw arena: what is under the cache, without it.
 */
#include "run/over_hal.h"

static enum fmag_status open_arena(size_t frames, void **ctx)
{
	return over_hal_open(&subject_arena, frames, ctx);
}

const struct run_subject run_arena = {
	.name = "raw arena",
	.open = open_arena,
	.close = over_hal_close,
	.loops = RUN_LOOPS,
};
