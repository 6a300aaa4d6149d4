/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simplest that is right without retire: liburcu's synchronize_rcu() before
 * each free to fmag.
 */
#include <fmag/inline.h>

#include "subjects/rcu-readers.h"

#define RUN_HAS_RETIRE

static inline bool retire_one(void *ctx, fmag_hpa_t frame);

static inline void settle(void *ctx)
{
	(void)ctx;
}

#include "serve/over_fmag.h"

static inline bool retire_one(void *ctx, fmag_hpa_t frame)
{
	urcu_memb_synchronize_rcu();
	fmag_dealloc_frame(ctx, frame);
	return true;
}

static enum fmag_status open_cache(size_t frames, void **ctx)
{
	return over_fmag_open(FMAG_FRONT_RSEQ, 0, frames, ctx);
}

const struct run_subject run_subject = {
	.version = rcu_version,
	.open = open_cache,
	.close = over_fmag_close,
	.inventory = over_fmag_inventory,
	.enter = rcu_enter,
	.leave = rcu_leave,
	.loops = RUN_LOOPS,
};
