/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses: the HAL's own answers.
 */
#include "cache/cache.h"

void *fmag_phys_to_virt(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	return cache->host.ops.phys_to_virt(cache->host.hal.ctx, paddr);
}

fmag_hpa_t fmag_virt_to_phys(struct fmag_cache *cache, const void *vaddr)
{
	return cache->host.ops.virt_to_phys(cache->host.hal.ctx, vaddr);
}

size_t fmag_frame_size(const struct fmag_cache *cache)
{
	return cache->host.hal.frame_size;
}
