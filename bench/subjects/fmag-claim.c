/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag on the claim front: where there are no restartable sequences.
 */
#include "serve/over_fmag.h"

static enum fmag_status open_cache(size_t frames, void **ctx)
{
	return over_fmag_open(FMAG_FRONT_CLAIM, 0, frames, ctx);
}

const struct run_subject run_subject = {
	.open = open_cache,
	.close = over_fmag_close,
	.inventory = over_fmag_inventory,
	.loops = RUN_LOOPS,
};
