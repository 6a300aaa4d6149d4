/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag-rseq-inline, with magazines too small for two guests, and runs of another
 * length from and to the HAL (bench/CMakeLists.txt).
 */
#include <fmag/inline.h>

#include "serve/over_fmag.h"

static enum fmag_status open_cache(size_t frames, void **ctx)
{
	return over_fmag_open(FMAG_FRONT_RSEQ, 256, frames, ctx);
}

const struct run_subject run_subject = {
	.open = open_cache,
	.close = over_fmag_close,
	.inventory = over_fmag_inventory,
	.loops = RUN_LOOPS,
};
