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

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	return (void *)(uintptr_t)frame;
}

#define RUN_HAS_ZEROED

/* Of frames that are zero already: what they cost at least. */
static inline fmag_hpa_t alloc_zeroed(void *ctx)
{
	return alloc_one(ctx);
}

#include "serve/loops.h"

static enum fmag_status open_floor(size_t frames, void **ctx)
{
	(void)frames;
	*ctx = NULL;
	return FMAG_OK;
}

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

static bool close_floor(void *ctx)
{
	(void)ctx;
	return true;
}

const struct run_subject run_subject = {
	.open = open_floor,
	.close = close_floor,
	.enter = enter_floor,
	.leave = leave_floor,
	.loops = RUN_LOOPS,
};
