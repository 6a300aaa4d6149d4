/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache/flush.h"

size_t fmag_run_length(const struct fmag_cache *cache)
{
	size_t half = (cache->capacity + 1) / 2;

	return half < FMAG_HAL_RUN ? half : FMAG_HAL_RUN;
}

bool fmag_flush_frame(struct fmag_cache *cache, fmag_hpa_t frame)
{
	uint32_t *mark;

	if (!fmag_host_enter(&cache->host, &mark))
		return false;
	fmag_host_give(&cache->host, &frame, 1);
	fmag_host_leave(mark);
	return true;
}

/* A run of a magazine; how many there were. False as above. */
static bool flush_run(
	struct fmag_cache *cache, struct fmag_magazine *magazine, size_t *count)
{
	fmag_hpa_t run[FMAG_HAL_RUN];
	uint32_t *mark;

	if (!fmag_host_enter(&cache->host, &mark))
		return false;
	*count = fmag_magazine_take(magazine, run, *count);
	if (*count > 0)
		fmag_host_give(&cache->host, run, *count);
	fmag_host_leave(mark);
	return true;
}

struct fmag_magazine *fmag_flush_for_room(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine = fmag_depot_get_full(depot);
	size_t count = fmag_run_length(cache);

	if (magazine == NULL ||
		fmag_magazine_rounds(magazine) < depot->capacity)
		return magazine;
	if (flush_run(cache, magazine, &count))
		return magazine;
	fmag_depot_put(depot, magazine);
	return NULL;
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Ends though its holder fills it: it takes no more than there were at first. */
bool fmag_flush_magazine(struct fmag_cache *cache,
	struct fmag_magazine *magazine, size_t *budget)
{
	size_t left = lesser(fmag_magazine_rounds(magazine), *budget);
	size_t count = left;

	while (left > 0 && count > 0) {
		count = lesser(left, FMAG_HAL_RUN);
		if (!flush_run(cache, magazine, &count))
			return false;
		left -= count;
		*budget -= count;
	}
	return true;
}

void fmag_flush_for_spares(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	bool emptied = true;

	while (emptied && fmag_unlikely(fmag_depot_owes_spare(depot))) {
		struct fmag_magazine *magazine = fmag_depot_get_room(depot);
		size_t budget = SIZE_MAX;

		if (magazine == NULL)
			magazine = fmag_depot_get_full(depot);
		if (magazine == NULL)
			return;
		emptied = fmag_flush_magazine(cache, magazine, &budget);
		fmag_depot_put(depot, magazine);
	}
}
