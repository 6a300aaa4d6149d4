/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a frame: the only place where fmag does (G5).
 */
#include <string.h>

#include "base/annotate.h"
#include "base/atomic.h"
#include "cache/cache.h"
#include "hal/annotate.h"

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

static enum fmag_status zero_by(
	struct fmag_cache *cache, fmag_hpa_t paddr, fmag_zero means)
{
	size_t size = cache->host.hal.frame_size;
	void *memory = fmag_phys_to_virt(cache, paddr);

	if (memory == NULL)
		return fill_by_hal(cache, paddr, 0);
	fmag_annotate_written(memory, size);
	fmag_zero_by(means, memory, size);
	return FMAG_OK;
}

enum fmag_status fmag_cache_fill(
	struct fmag_cache *cache, fmag_hpa_t paddr, uint8_t byte)
{
	void *memory;

	if (byte == 0)
		return zero_by(cache, paddr, cache->zeroing.now);
	memory = fmag_phys_to_virt(cache, paddr);
	if (memory == NULL)
		return fill_by_hal(cache, paddr, byte);
	memset(memory, byte, cache->host.hal.frame_size);
	return FMAG_OK;
}

enum fmag_status fmag_cache_zero_ahead(
	struct fmag_cache *cache, fmag_hpa_t paddr)
{
	return zero_by(cache, paddr, cache->zeroing.ahead);
}

bool fmag_cache_make_clean(
	struct fmag_cache *cache, fmag_hpa_t paddr, size_t count)
{
	size_t size = cache->host.hal.frame_size;
	bool is_clean = true;

	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_handed_out);
	for (size_t i = 0; is_clean && i < count; i++)
		is_clean =
			fmag_cache_fill(cache, paddr + i * size, 0) == FMAG_OK;
	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_given_back);
	if (!is_clean)
		fmag_cache_fault(cache, FMAG_FAULT_UNMAPPED, paddr);
	return is_clean;
}

bool fmag_cache_clean_or_quarantine(struct fmag_cache *cache, fmag_hpa_t paddr)
{
	if (fmag_cache_make_clean(cache, paddr, 1))
		return true;
	fmag_add_relaxed(&cache->state->quarantined, 1);
	return false;
}
