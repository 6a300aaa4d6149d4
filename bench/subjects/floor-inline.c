/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor compiled into the loops: what a hit that is compiled in costs at
 * least.
 */
#include "subjects/floor-stack.h"

static inline fmag_hpa_t alloc_one(void *ctx)
{
	(void)ctx;
	return stack_alloc();
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	stack_free(frame);
}

#define RUN_HAS_BULK

static inline size_t alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	(void)ctx;
	return stack_alloc_many(frames, count);
}

static inline void free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	(void)ctx;
	stack_free_many(frames, count);
}

#include "subjects/no-allocator.h"

/* Before it is measured, since its first frames are made there. */
static bool enter_floor(void *ctx, unsigned thread)
{
	(void)ctx;
	(void)thread;
	return stack_open();
}

static void leave_floor(void *ctx)
{
	(void)ctx;
	stack_close();
}

const struct run_subject run_subject = {
	.open = open_nothing,
	.close = close_nothing,
	.enter = enter_floor,
	.leave = leave_floor,
	.loops = RUN_LOOPS,
};
