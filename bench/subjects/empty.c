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

#include "subjects/no-allocator.h"

const struct run_subject run_subject = {
	.open = open_nothing,
	.close = close_nothing,
	.loops = RUN_LOOPS,
};
