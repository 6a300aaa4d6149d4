/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that scrubs.
 */
#include "hosted/scrubber.h"

#include <stdlib.h>
#include <string.h>

#include "clean/clean.h"
#include "hosted/ticker.h"

#define DEFAULT_FRAMES_PER_SECOND 65536
#define DEFAULT_INTERVAL_MS       10

/* The first layout ends with interval_ms. */
#define FIRST_LAYOUT sizeof(struct fmag_scrubber_config)

struct fmag_scrubber {
	struct fmag_cache *cache;
	struct fmag_scrubbing scrubbing;
	struct fmag_ticker ticker;
};

size_t fmag_scrubbing_budget(struct fmag_scrubbing *scrubbing, size_t clean)
{
	const struct fmag_scrubber_config *config = &scrubbing->config;
	uint64_t allowed;

	if (clean < config->low)
		scrubbing->is_filling = true;
	if (clean >= config->high)
		scrubbing->is_filling = false;
	if (!scrubbing->is_filling)
		return 0;
	scrubbing->owed +=
		(uint64_t)config->frames_per_second * config->interval_ms;
	allowed = scrubbing->owed / 1000;
	scrubbing->owed %= 1000;
	return allowed < config->high - clean ? (size_t)allowed
					      : config->high - clean;
}

static void scrub(void *ctx)
{
	struct fmag_scrubber *scrubber = ctx;
	size_t clean = fmag_cache_clean_frames(scrubber->cache);
	size_t budget = fmag_scrubbing_budget(&scrubber->scrubbing, clean);

	if (budget > 0)
		fmag_cache_scrub(scrubber->cache, budget);
}

static size_t room_for_clean_ones(const struct fmag_clean *clean)
{
	const struct fmag_depot *depot = &clean->annex.cache->state->depot;
	size_t room = (size_t)depot->magazine_count * depot->capacity;

	return room < clean->frames_max ? room : clean->frames_max;
}

static bool resolve(struct fmag_scrubber_config *resolved,
	const struct fmag_scrubber_config *config,
	const struct fmag_clean *clean)
{
	*resolved = (struct fmag_scrubber_config){ 0 };
	if (config != NULL && config->struct_size != 0 &&
		config->struct_size < FIRST_LAYOUT)
		return false;
	if (config != NULL)
		memcpy(resolved, config, FIRST_LAYOUT);
	if (resolved->high == 0)
		resolved->high = (room_for_clean_ones(clean) * 3 + 3) / 4;
	if (resolved->low == 0)
		resolved->low = (resolved->high + 1) / 2;
	if (resolved->frames_per_second == 0)
		resolved->frames_per_second = DEFAULT_FRAMES_PER_SECOND;
	if (resolved->interval_ms == 0)
		resolved->interval_ms = DEFAULT_INTERVAL_MS;
	return resolved->low <= resolved->high;
}

static struct fmag_scrubber *make_scrubber(
	struct fmag_cache *cache, const struct fmag_scrubber_config *config)
{
	struct fmag_scrubber *scrubber = calloc(1, sizeof(*scrubber));

	if (scrubber == NULL)
		return NULL;
	scrubber->cache = cache;
	scrubber->scrubbing.config = *config;
	scrubber->ticker.tick = scrub;
	scrubber->ticker.ctx = scrubber;
	scrubber->ticker.interval_ms = config->interval_ms;
	return scrubber;
}

enum fmag_status fmag_scrubber_start(struct fmag_scrubber **scrubber,
	struct fmag_cache *cache, const struct fmag_scrubber_config *config)
{
	struct fmag_scrubber_config resolved;
	struct fmag_scrubber *made;

	if (scrubber == NULL)
		return FMAG_ERR_INVALID;
	*scrubber = NULL;
	if (cache == NULL || fmag_clean_of(cache) == NULL ||
		!resolve(&resolved, config, fmag_clean_of(cache)))
		return FMAG_ERR_INVALID;
	made = make_scrubber(cache, &resolved);
	if (made == NULL)
		return FMAG_ERR_NO_MEMORY;
	if (!fmag_ticker_start(&made->ticker)) {
		free(made);
		return FMAG_ERR_NO_MEMORY;
	}
	*scrubber = made;
	return FMAG_OK;
}

void fmag_scrubber_stop(struct fmag_scrubber *scrubber)
{
	if (scrubber == NULL)
		return;
	fmag_ticker_stop(&scrubber->ticker);
	free(scrubber);
}
