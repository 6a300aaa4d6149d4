/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames on their way to the HAL: to make room, to make up for spares, and
 * whatever else gives them back.
 */
#ifndef FMAG_CACHE_FLUSH_H
#define FMAG_CACHE_FLUSH_H

#include <stdbool.h>

#include "cache/cache.h"

/* Frames that move from or to the HAL at a time: half a magazine, FMAG_HAL_RUN
 * at most. */
size_t fmag_run_length(const struct fmag_cache *cache);

/*
 * Gives one frame to the HAL; where that may not be called here, to a spare
 * magazine; where there is none left, to nobody (FMAG_FAULT_NO_ROOM).
 */
void fmag_flush_frame(struct fmag_cache *cache, fmag_hpa_t frame);

/*
 * Gives up to `count` of the frames that any magazine has now to the HAL, in
 * runs; how many: none of a LOCAL one, and fewer where others take them, or where
 * the HAL may not be called here.
 */
size_t fmag_flush_magazine(
	struct fmag_cache *cache, struct fmag_magazine *magazine, size_t count);

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
