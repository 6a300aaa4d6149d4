/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs that retire.
 */
#include <fmag/detail/check.h>

#include "base/compiler.h"
#include "front/hit.h"
#include "hal/annotate.h"
#include "retire/retirer.h"

static FMAG_COLD enum fmag_status retire_without(struct fmag_cache *cache)
{
	return fmag_cache_check_live(cache) ? FMAG_ERR_UNSUPPORTED
					    : FMAG_ERR_INVALID;
}

static FMAG_COLD enum fmag_status retire_bad(
	struct fmag_cache *cache, fmag_hpa_t paddr)
{
	fmag_cache_fault(cache, FMAG_FAULT_NOT_A_FRAME, paddr);
	return FMAG_ERR_INVALID;
}

FMAG_HIT enum fmag_status fmag_retire_frame(
	struct fmag_cache *cache, fmag_hpa_t paddr)
{
	struct fmag_retirer *retirer = fmag_retirer_of(cache);

	if (fmag_unlikely(retirer == NULL))
		return retire_without(cache);
	if (fmag_unlikely(!fmag_is_frame(cache->front.hot.frame_mask, paddr)))
		return retire_bad(cache, paddr);
	fmag_annotate_frames(&cache->host, &paddr, 1, fmag_annotate_retired);
	if (fmag_likely(fmag_hit_push(&retirer->front, paddr)))
		return FMAG_OK;
	return fmag_retirer_gather(retirer, paddr);
}

/* NULL also in a forked child, where it may be gone. */
static struct fmag_retirer *live_retirer_of(struct fmag_cache *cache)
{
	return fmag_cache_is_live(cache) ? fmag_retirer_of(cache) : NULL;
}

size_t fmag_retire_flush(struct fmag_cache *cache)
{
	struct fmag_retirer *retirer = live_retirer_of(cache);

	return retirer != NULL ? fmag_retirer_flush(retirer) : 0;
}

size_t fmag_retire_poll(struct fmag_cache *cache, size_t budget)
{
	struct fmag_retirer *retirer = live_retirer_of(cache);

	return retirer != NULL ? fmag_retirer_poll(retirer, budget) : 0;
}
