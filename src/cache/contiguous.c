/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contiguous runs: the HAL's, checked. fmag keeps none, but its frames may lie
 * in the way of one; so where the HAL has none, they go back to it first.
 */
#include <fmag/reclaim.h>

#include "base/atomic.h"
#include "base/bits.h"
#include "cache/evacuate.h"
#include "cache/reclaimers.h"
#include "hal/annotate.h"

static fmag_hpa_t last_byte_of(
	const struct fmag_cache *cache, fmag_hpa_t paddr, size_t count)
{
	return paddr + (count * cache->host.hal.frame_size - 1);
}

/* NONE also where the HAL may not be called here. */
static fmag_hpa_t take_run(struct fmag_cache *cache, size_t count, size_t align)
{
	fmag_hpa_t paddr;
	uint32_t *mark;

	if (!fmag_host_enter(&cache->host, &mark))
		return FMAG_HPA_NONE;
	paddr = fmag_host_take_run(&cache->host, count, align);
	if (paddr != FMAG_HPA_NONE &&
		fmag_overlaps_evacuated(
			cache, paddr, last_byte_of(cache, paddr, count))) {
		fmag_host_give_run(&cache->host, paddr, count);
		paddr = FMAG_HPA_NONE;
	}
	fmag_host_leave(mark);
	return paddr;
}

/* The HAL has none, as it is: first the cache gives all it can, then others. */
static fmag_hpa_t make_run(struct fmag_cache *cache, size_t count, size_t align)
{
	struct fmag_asking asking = { 0, 0 };
	fmag_hpa_t paddr = FMAG_HPA_NONE;

	if (fmag_cache_drain(cache, SIZE_MAX) > 0)
		paddr = take_run(cache, count, align);
	while (paddr == FMAG_HPA_NONE &&
		fmag_reclaimers_ask(cache, count, &asking))
		paddr = take_run(cache, count, align);
	return paddr;
}

/* What the HAL had may have been someone's. */
static fmag_hpa_t clean_or_give_back(
	struct fmag_cache *cache, fmag_hpa_t paddr, size_t count)
{
	uint32_t *mark;

	if (fmag_cache_make_clean(cache, paddr, count))
		return paddr;
	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_to_hal);
	(void)fmag_host_enter(&cache->host, &mark); /* as it was just now */
	fmag_host_give_run(&cache->host, paddr, count);
	fmag_host_leave(mark);
	return FMAG_HPA_NONE;
}

fmag_hpa_t fmag_alloc_contiguous(
	struct fmag_cache *cache, size_t count, size_t align)
{
	fmag_hpa_t paddr;

	if (count == 0 || !fmag_is_power_of_two(align)) {
		fmag_cache_fault(
			cache, FMAG_FAULT_INVALID_REQUEST, FMAG_HPA_NONE);
		return FMAG_HPA_NONE;
	}
	if (!fmag_cache_check_live(cache) ||
		!fmag_host_has_runs(&cache->host, count))
		return FMAG_HPA_NONE;
	paddr = take_run(cache, count, align);
	if (paddr == FMAG_HPA_NONE)
		paddr = make_run(cache, count, align);
	if (paddr != FMAG_HPA_NONE && fmag_cache_is_clean(cache))
		paddr = clean_or_give_back(cache, paddr, count);
	if (paddr != FMAG_HPA_NONE)
		fmag_annotate_run(
			&cache->host, paddr, count, fmag_annotate_handed_out);
	return paddr;
}

/* The HAL may not be called here: into magazines, if it takes single frames. */
static void dealloc_aside(
	struct fmag_cache *cache, fmag_hpa_t paddr, size_t count)
{
	size_t size = cache->host.hal.frame_size;

	if (cache->host.hal.flags & FMAG_HAL_SPLITS_RUNS) {
		for (size_t i = 0; i < count; i++)
			fmag_dealloc_frame(cache, paddr + i * size);
		return;
	}
	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_given_back);
	fmag_add_relaxed(&cache->state->quarantined, count);
	fmag_cache_fault(cache, FMAG_FAULT_NO_ROOM, paddr);
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
	if (fmag_cache_is_clean(cache) &&
		!fmag_cache_make_clean(cache, paddr, count)) {
		fmag_add_relaxed(&cache->state->quarantined, count);
		return;
	}
	if (!fmag_host_enter(&cache->host, &mark)) {
		dealloc_aside(cache, paddr, count);
		return;
	}
	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_given_back);
	fmag_annotate_run(&cache->host, paddr, count, fmag_annotate_to_hal);
	fmag_host_give_run(&cache->host, paddr, count);
	fmag_host_leave(mark);
}
