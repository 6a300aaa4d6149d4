/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An allocator that fails although it has frames: a free list behind a mutex,
 * but once few are left each 64th allocation gets none. For tests of those who
 * count failures.
 */
#include "serve/over_hal.h"

#include <stdatomic.h>

#define FAILS_EACH 64

/* One of so many frames is left, or fewer: it fails. */
#define FEW 1000

static struct fmag_hal honest;
static atomic_size_t out;
static atomic_uint calls;

static fmag_hpa_t alloc_frame(void *ctx)
{
	size_t frames = over_hal_it.pool.frames;
	fmag_hpa_t frame;

	if (atomic_load_explicit(&out, memory_order_relaxed) >=
			frames - frames / FEW &&
		atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed) %
				FAILS_EACH ==
			0)
		return FMAG_HPA_NONE;
	frame = honest.ops->alloc_frame(ctx);
	if (frame != FMAG_HPA_NONE)
		atomic_fetch_add_explicit(&out, 1, memory_order_relaxed);
	return frame;
}

static void dealloc_frame(void *ctx, fmag_hpa_t frame)
{
	atomic_fetch_sub_explicit(&out, 1, memory_order_relaxed);
	honest.ops->dealloc_frame(ctx, frame);
}

static enum fmag_status open_failing(size_t frames, void **ctx)
{
	static struct fmag_hal_ops ops;
	enum fmag_status status = over_hal_open(&allocator_mutex, frames, ctx);

	if (status != FMAG_OK)
		return status;
	honest = over_hal_it.hal;
	ops = *honest.ops;
	ops.alloc_frame = alloc_frame;
	ops.dealloc_frame = dealloc_frame;
	over_hal_it.hal.ops = &ops;
	return FMAG_OK;
}

const struct run_subject run_subject = {
	.open = open_failing,
	.close = over_hal_close,
	.inventory = over_hal_inventory,
	.loops = RUN_LOOPS,
};
