/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No access of its own: a magazine's word orders all of it.
 */
#include "cache/park.h"

#include "cache/evacuate.h"
#include "cache/home.h"
#include "cache/node.h"

size_t fmag_park(struct fmag_cache *cache, struct fmag_magazine **magazine,
	const fmag_hpa_t *frames, size_t count)
{
	/* A free zeroes them, before anyone else has them (zero_on_free). */
	if (fmag_cache_is_clean(cache))
		return 0;
	if (*magazine == NULL)
		*magazine = fmag_depot_get_empty(
			&cache->state->depot, fmag_own_shelf(cache));
	if (*magazine == NULL)
		return 0;
	return fmag_admit_many(cache, *magazine, frames, count);
}

size_t fmag_unpark(
	struct fmag_magazine *magazine, fmag_hpa_t *frames, size_t count)
{
	return fmag_magazine_take(magazine, frames, count);
}

void fmag_park_end(struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	fmag_home_put(cache, fmag_own_shelf(cache), magazine);
}
