/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A call that does nothing: what the loops cost.
 */
#include "run/floor.h"
#include "run/run_subject.h"

#define RUN_HAS_BULK 0

static inline fmag_hpa_t alloc_one(void *ctx)
{
	return empty_alloc(ctx);
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	empty_free(ctx, frame);
}

#include "run/loops.h"

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

const struct run_subject run_empty = {
	.name = "empty",
	.open = open_empty,
	.close = close_empty,
	.loops = RUN_LOOPS,
};
