/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: what an allocator does at least. It is what the others are compared
 * with.
 */
#include "subjects/floor-calls.h"

static inline fmag_hpa_t alloc_one(void *ctx)
{
	return floor_alloc(ctx);
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	floor_free(ctx, frame);
}

#define RUN_HAS_BULK

static inline size_t alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	return floor_alloc_many(ctx, frames, count);
}

static inline void free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	floor_free_many(ctx, frames, count);
}

#include "subjects/no-allocator.h"

/* Before it is measured, since its first frames are made there. */
static bool enter_floor(void *ctx, unsigned thread)
{
	(void)ctx;
	(void)thread;
	return floor_open();
}

static void leave_floor(void *ctx)
{
	(void)ctx;
	floor_close();
}

const struct run_subject run_subject = {
	.open = open_nothing,
	.close = close_nothing,
	.enter = enter_floor,
	.leave = leave_floor,
	.loops = RUN_LOOPS,
};
