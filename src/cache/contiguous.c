/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contiguous runs: the HAL's, checked.
 */
#include "base/atomic.h"
#include "base/bits.h"
#include "cache/cache.h"
#include "hal/annotate.h"

fmag_hpa_t fmag_alloc_contiguous(
	struct fmag_cache *cache, size_t count, size_t align)
{
	fmag_hpa_t paddr;
	uint32_t *mark;

	if (count == 0 || !fmag_is_power_of_two(align)) {
		fmag_cache_fault(
			cache, FMAG_FAULT_INVALID_REQUEST, FMAG_HPA_NONE);
		return FMAG_HPA_NONE;
	}
	if (!fmag_cache_check_live(cache) ||
		!fmag_host_enter(&cache->host, &mark))
		return FMAG_HPA_NONE;
	paddr = fmag_host_take_run(&cache->host, count, align);
	fmag_host_leave(mark);
	if (paddr != FMAG_HPA_NONE)
		fmag_annotate_run(
			&cache->host, paddr, count, fmag_annotate_handed_out);
	return paddr;
}

void fmag_dealloc_contiguous(
	struct fmag_cache *cache, fmag_hpa_t paddr, size_t count)
{
	uint32_t *mark;

	if (!fmag_host_is_frame(&cache->host, paddr)) {
		fmag_cache_fault(cache, FMAG_FAULT_NOT_A_FRAME, paddr);
		return;
	}
	if (count == 0 || cache->host.ops.dealloc_contiguous == NULL) {
		fmag_cache_fault(cache, FMAG_FAULT_INVALID_REQUEST, paddr);
		return;
	}
	if (!fmag_cache_check_live(cache))
		return;
	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_given_back);
	if (!fmag_host_enter(&cache->host, &mark)) {
		/* A run has no magazine to wait in. */
		fmag_add_relaxed(&cache->state->quarantined, count);
		fmag_cache_fault(cache, FMAG_FAULT_NO_ROOM, paddr);
		return;
	}
	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_to_hal);
	fmag_host_give_run(&cache->host, paddr, count);
	fmag_host_leave(mark);
}
