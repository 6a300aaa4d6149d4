/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag on restartable sequences: its default on Linux.
 */
#include "run/over_fmag.h"

static enum fmag_status open_cache(size_t frames, void **ctx)
{
	return over_fmag_open(FMAG_FRONT_RSEQ, frames, ctx);
}

const struct run_subject run_fmag_rseq = {
	.name = "fmag-rseq",
	.open = open_cache,
	.close = over_fmag_close,
	.loops = RUN_LOOPS,
};
