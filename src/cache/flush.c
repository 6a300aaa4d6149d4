/* SPDX-License-Identifier: BSD-2-Clause */
#include "cache/flush.h"

#include "base/atomic.h"
#include "cache/evacuate.h"
#include "cache/home.h"
#include "cache/node.h"

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t fmag_run_length(const struct fmag_cache *cache)
{
	return lesser((cache->capacity + 1) / 2, FMAG_HAL_RUN);
}

static void keep_in_spare(struct fmag_cache *cache, fmag_hpa_t frame)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine = fmag_depot_get_spare(depot);
	bool is_kept = magazine != NULL && fmag_admit(cache, magazine, frame);

	if (magazine != NULL)
		fmag_depot_put(depot,
			fmag_home_of(cache, fmag_own_shelf(cache), frame),
			magazine);
	if (is_kept)
		return;
	fmag_add_relaxed(&cache->state->quarantined, 1);
	fmag_cache_fault(cache, FMAG_FAULT_NO_ROOM, frame);
}

void fmag_flush_frame(struct fmag_cache *cache, fmag_hpa_t frame)
{
	uint32_t *mark;

	if (!fmag_host_enter(&cache->host, &mark)) {
		keep_in_spare(cache, frame);
		return;
	}
	fmag_host_give(&cache->host, &frame, 1);
	fmag_host_leave(mark);
}

/* A run of a magazine, added to *given. False: the HAL may not be called here. */
static bool flush_run(struct fmag_cache *cache, struct fmag_magazine *magazine,
	size_t count, size_t *given)
{
	fmag_hpa_t run[FMAG_HAL_RUN];
	uint32_t *mark;

	if (!fmag_host_enter(&cache->host, &mark))
		return false;
	count = fmag_magazine_take(magazine, run, lesser(count, FMAG_HAL_RUN));
	if (count > 0)
		fmag_host_give(&cache->host, run, count);
	fmag_host_leave(mark);
	*given += count;
	return true;
}

size_t fmag_flush_magazine(
	struct fmag_cache *cache, struct fmag_magazine *magazine, size_t count)
{
	size_t wanted = lesser(fmag_magazine_rounds(magazine), count);
	size_t given = 0, before;

	do
		before = given;
	while (given < wanted &&
		flush_run(cache, magazine, wanted - given, &given) &&
		given > before);
	return given;
}

struct fmag_magazine *fmag_flush_for_room(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	unsigned shelf = fmag_own_shelf(cache);
	struct fmag_magazine *magazine = fmag_depot_get_full(depot, shelf);

	if (magazine == NULL ||
		fmag_magazine_rounds(magazine) < depot->capacity)
		return magazine;
	fmag_flush_magazine(cache, magazine, fmag_run_length(cache));
	if (fmag_magazine_rounds(magazine) < depot->capacity)
		return magazine;
	fmag_home_put(cache, shelf, magazine);
	return NULL;
}

void fmag_flush_for_spares(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	unsigned shelf = fmag_own_shelf(cache);
	bool emptied = true;

	while (emptied && fmag_unlikely(fmag_depot_owes_spare(depot))) {
		struct fmag_magazine *magazine =
			fmag_depot_get_room(depot, shelf);

		if (magazine == NULL)
			magazine = fmag_depot_get_full(depot, shelf);
		if (magazine == NULL)
			return;
		fmag_flush_magazine(cache, magazine, SIZE_MAX);
		emptied = fmag_magazine_rounds(magazine) == 0;
		fmag_home_put(cache, shelf, magazine);
	}
}
