/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a frame: the only place where fmag does (G5).
 */
#include <string.h>

#include "cache/cache.h"

static enum fmag_status fill_by_hal(
	struct fmag_cache *cache, fmag_hpa_t paddr, uint8_t byte)
{
	uint32_t *mark;

	if (cache->host.ops.fill_frame == NULL)
		return FMAG_ERR_UNSUPPORTED;
	if (!fmag_host_enter(&cache->host, &mark))
		return FMAG_ERR_BUSY;
	fmag_host_fill(&cache->host, paddr, byte);
	fmag_host_leave(mark);
	return FMAG_OK;
}

enum fmag_status fmag_cache_fill(
	struct fmag_cache *cache, fmag_hpa_t paddr, uint8_t byte)
{
	void *memory = fmag_phys_to_virt(cache, paddr);

	if (memory == NULL)
		return fill_by_hal(cache, paddr, byte);
	memset(memory, byte, cache->host.hal.frame_size);
	return FMAG_OK;
}
