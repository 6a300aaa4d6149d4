/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way into the depot: whatever a CPU had comes through here.
 */
#ifndef FMAG_CACHE_HOME_H
#define FMAG_CACHE_HOME_H

#include "cache/cache.h"

/*
 * Puts a magazine that the caller holds on `shelf`, the one of the CPU that had
 * it.
 */
void fmag_home_put(struct fmag_cache *cache, unsigned shelf,
	struct fmag_magazine *magazine);

/* Likewise one that was taken back from whatever CPU it was LOCAL on last. */
void fmag_home_put_back(
	struct fmag_cache *cache, struct fmag_magazine *magazine);

#endif
