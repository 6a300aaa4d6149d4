/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames on their way to the HAL: to make room, to make up for spares, and
 * because someone wants them there.
 */
#ifndef FMAG_CACHE_FLUSH_H
#define FMAG_CACHE_FLUSH_H

#include <stdbool.h>

#include "cache/cache.h"

/* Frames that move from or to the HAL at a time: half a magazine, FMAG_HAL_RUN
 * at most. */
size_t fmag_run_length(const struct fmag_cache *cache);

/* Gives one frame to the HAL; false where it may not be called here. */
bool fmag_flush_frame(struct fmag_cache *cache, fmag_hpa_t frame);

/*
 * Gives the frames of any magazine to the HAL, in runs, up to *budget, which
 * falls by as many; none of a LOCAL one. False where the HAL may not be called
 * here, or not any more.
 */
bool fmag_flush_magazine(struct fmag_cache *cache,
	struct fmag_magazine *magazine, size_t *budget);

/*
 * A magazine with room that the caller holds, made out of a full one of the
 * depot's; NULL: there is none, or the HAL may not be called here.
 */
struct fmag_magazine *fmag_flush_for_room(struct fmag_cache *cache);

/*
 * Makes up for the spare magazines that handlers have used, with empty ones, or
 * with others whose frames go to the HAL. Nothing where none is owed.
 */
void fmag_flush_for_spares(struct fmag_cache *cache);

#endif
