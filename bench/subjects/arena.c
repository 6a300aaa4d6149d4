/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw arena: what is under the cache, without it.
 */
#include "serve/over_hal.h"

static enum fmag_status open_arena(size_t frames, void **ctx)
{
	return over_hal_open(&allocator_arena, frames, ctx);
}

const struct run_subject run_subject = {
	.open = open_arena,
	.close = over_hal_close,
	.inventory = over_hal_inventory,
	.loops = RUN_LOOPS,
};
