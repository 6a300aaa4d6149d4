/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one writes without retire: each frame is given to liburcu's call_rcu(),
 * whose thread frees it to fmag when its grace period is over; there is one for each
 * CPU, so that CPUs do not share a queue. What call_rcu() needs of memory lies in the
 * frame.
 */
#include <fmag/inline.h>

#include "subjects/rcu-readers.h"

static void free_retired(struct rcu_head *head);

/* More wait for no thread: it keeps up, at length. */
#define MOST_WAITING 8192

static __thread size_t waiting;

#define RUN_HAS_RETIRE

static inline bool retire_one(void *ctx, fmag_hpa_t frame);
static inline void settle(void *ctx);

#include "serve/over_fmag.h"

static struct fmag_cache *cache;

static void free_retired(struct rcu_head *head)
{
	fmag_dealloc_frame(cache, (uintptr_t)head - over_fmag_distance);
}

static inline bool retire_one(void *ctx, fmag_hpa_t frame)
{
	urcu_memb_call_rcu(memory_of(ctx, frame), free_retired);
	waiting++;
	return true;
}

static inline void settle(void *ctx)
{
	(void)ctx;
	if (waiting < MOST_WAITING)
		return;
	urcu_memb_barrier();
	waiting = 0;
}

static enum fmag_status open_cache(size_t frames, void **ctx)
{
	enum fmag_status status =
		over_fmag_open(FMAG_FRONT_RSEQ, 0, frames, ctx);

	cache = *ctx;
	if (status == FMAG_OK && urcu_memb_create_all_cpu_call_rcu_data(0) != 0)
		status = FMAG_ERR_NO_MEMORY;
	return status;
}

static bool close_cache(void *ctx)
{
	urcu_memb_barrier();
	urcu_memb_free_all_cpu_call_rcu_data();
	return over_fmag_close(ctx);
}

const struct run_subject run_subject = {
	.version = rcu_version,
	.open = open_cache,
	.close = close_cache,
	.inventory = over_fmag_inventory,
	.enter = rcu_enter,
	.leave = rcu_leave,
	.loops = RUN_LOOPS,
};
