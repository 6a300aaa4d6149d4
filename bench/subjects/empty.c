/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call that does nothing: what the loops cost.
 */
#include "subjects/floor-calls.h"

static inline fmag_hpa_t alloc_one(void *ctx)
{
	return empty_alloc(ctx);
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	empty_free(ctx, frame);
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

static enum fmag_status open_empty(size_t frames, void **ctx)
{
	(void)frames;
	*ctx = NULL;
	return FMAG_OK;
}

static bool close_empty(void *ctx)
{
	(void)ctx;
	return true;
}

const struct run_subject run_subject = {
	.open = open_empty,
	.close = close_empty,
	.loops = RUN_LOOPS,
};
