/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For an allocator that `populate` has too: called through its HAL, as a cache
 * calls it. Included once, by the allocator's file.
 */
#ifndef BENCH_SERVE_OVER_HAL_H
#define BENCH_SERVE_OVER_HAL_H

#include "allocators/allocator.h"

static inline fmag_hpa_t alloc_one(void *ctx)
{
	const struct fmag_hal *hal = ctx;

	return hal->ops->alloc_frame(hal->ctx);
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	const struct fmag_hal *hal = ctx;

	hal->ops->dealloc_frame(hal->ctx, frame);
}

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	const struct fmag_hal *hal = ctx;

	return hal->ops->phys_to_virt(hal->ctx, frame);
}

#include "serve/loops.h"

static struct allocator over_hal_it;

static enum fmag_status over_hal_open(
	const struct allocator_kind *kind, size_t frames, void **ctx)
{
	if (!allocator_open(&over_hal_it, kind, frames * FRAME_SIZE,
		    FMAG_ARENA_POPULATE))
		return FMAG_ERR_NO_MEMORY;
	*ctx = &over_hal_it.hal;
	return FMAG_OK;
}

static struct run_inventory over_hal_inventory(void *ctx)
{
	(void)ctx;
	return (struct run_inventory){
		.frames = over_hal_it.pool.frames,
		.metadata_bytes = over_hal_it.metadata_bytes,
	};
}

static bool over_hal_close(void *ctx)
{
	(void)ctx;
	return allocator_close(&over_hal_it);
}

#endif
