/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache as a HAL: thunks from the HAL's verbs to the cache's.
 */
#include "cache/cache.h"

static fmag_hpa_t hal_alloc_frame(void *ctx)
{
	return fmag_alloc_frame(ctx);
}

static void hal_dealloc_frame(void *ctx, fmag_hpa_t paddr)
{
	fmag_dealloc_frame(ctx, paddr);
}

static void *hal_phys_to_virt(void *ctx, fmag_hpa_t paddr)
{
	return fmag_phys_to_virt(ctx, paddr);
}

static fmag_hpa_t hal_virt_to_phys(void *ctx, const void *vaddr)
{
	return fmag_virt_to_phys(ctx, vaddr);
}

static size_t hal_alloc_frames(
	void *ctx, fmag_hpa_t *frames, size_t count, int node, unsigned *flags)
{
	(void)node; /* the caller's CPU has that one, or none is near */
	/* Otherwise a cached frame has had other owners. */
	*flags = fmag_cache_is_clean(ctx) ? FMAG_FRAMES_ZEROED : 0;
	return fmag_alloc_frames(ctx, frames, count);
}

static void hal_dealloc_frames(
	void *ctx, const fmag_hpa_t *frames, size_t count)
{
	fmag_dealloc_frames(ctx, frames, count);
}

static fmag_hpa_t hal_alloc_contiguous(void *ctx, size_t count, size_t align)
{
	return fmag_alloc_contiguous(ctx, count, align);
}

static void hal_dealloc_contiguous(void *ctx, fmag_hpa_t paddr, size_t count)
{
	fmag_dealloc_contiguous(ctx, paddr, count);
}

static void hal_fill_frame(void *ctx, fmag_hpa_t paddr, uint8_t byte)
{
	if (fmag_cache_fill(ctx, paddr, byte) != FMAG_OK)
		fmag_cache_fault(ctx, FMAG_FAULT_UNMAPPED, paddr);
}

void fmag_cache_build_as_hal(struct fmag_cache *cache)
{
	const struct fmag_hal_ops *host = &cache->host.ops;

	cache->as_hal = (struct fmag_hal_ops){
		.struct_size = sizeof(struct fmag_hal_ops),
		.alloc_frame = hal_alloc_frame,
		.dealloc_frame = hal_dealloc_frame,
		.phys_to_virt = hal_phys_to_virt,
		.virt_to_phys = hal_virt_to_phys,
		.alloc_frames = hal_alloc_frames,
		.dealloc_frames = hal_dealloc_frames,
		.alloc_contiguous = host->alloc_contiguous != NULL
			? hal_alloc_contiguous
			: NULL,
		.dealloc_contiguous = host->dealloc_contiguous != NULL
			? hal_dealloc_contiguous
			: NULL,
		.fill_frame = host->fill_frame != NULL ? hal_fill_frame : NULL,
	};
}

struct fmag_hal fmag_cache_as_hal(struct fmag_cache *cache)
{
	return (struct fmag_hal){
		.ops = &cache->as_hal,
		.ctx = cache,
		.frame_size = cache->host.hal.frame_size,
		.flags = cache->host.hal.flags | FMAG_HAL_REENTRANT,
	};
}
