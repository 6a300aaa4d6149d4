/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordering:
 *   stay         relaxed   the holder's own, by now
 */
#include "cache/home.h"

#include "base/atomic.h"
#include "cache/node.h"

void fmag_home_put(struct fmag_cache *cache, unsigned shelf,
	struct fmag_magazine *magazine)
{
	fmag_depot_put(&cache->state->depot, shelf, magazine);
}

void fmag_home_put_back(
	struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	unsigned cpu = fmag_stay_cpu(fmag_load_relaxed(&magazine->stay));

	fmag_home_put(cache, fmag_shelf_of_cpu(cache, cpu), magazine);
}
