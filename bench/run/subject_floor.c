/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: what an allocator does at least. It is what the others are compared
 * with.
 */
#include "run/floor.h"
#include "run/run_subject.h"

#define RUN_HAS_BULK 1

static inline fmag_hpa_t alloc_one(void *ctx)
{
	return floor_alloc(ctx);
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	floor_free(ctx, frame);
}

static inline size_t alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	return floor_alloc_many(ctx, frames, count);
}

static inline void free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	floor_free_many(ctx, frames, count);
}

#include "run/loops.h"

static enum fmag_status open_floor(size_t frames, void **ctx)
{
	(void)frames;
	*ctx = NULL;
	return FMAG_OK;
}

static bool close_floor(void *ctx)
{
	(void)ctx;
	return true;
}

const struct run_subject run_floor = {
	.name = "floor",
	.open = open_floor,
	.close = close_floor,
	.loops = RUN_LOOPS,
};
