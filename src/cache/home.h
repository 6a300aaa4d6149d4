/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way into the depot: a magazine goes to the shelf of the node that its
 * frames belong to. Whatever a CPU had comes through here.
 */
#ifndef FMAG_CACHE_HOME_H
#define FMAG_CACHE_HOME_H

#include "cache/cache.h"

/* The node that a frame belongs to; `shelf`, where nobody can say that. */
unsigned fmag_home_of(
	const struct fmag_cache *cache, unsigned shelf, fmag_hpa_t frame);

/*
 * Puts a magazine that the caller holds into the depot: its frames go to where
 * they belong, or, where nobody can say that, to `shelf`, the one of the CPU
 * that had it. An empty one goes there, too.
 */
void fmag_home_put(struct fmag_cache *cache, unsigned shelf,
	struct fmag_magazine *magazine);

/* Likewise one that was taken back from whatever CPU it was LOCAL on last. */
void fmag_home_put_back(
	struct fmag_cache *cache, struct fmag_magazine *magazine);

#endif
