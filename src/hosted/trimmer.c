/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread that trims.
 */
#include <stdlib.h>
#include <string.h>

#include <fmag/reclaim.h>
#include <fmag/trimmer.h>

#include "hosted/ticker.h"

#define DEFAULT_INTERVAL_MS 1000
#define DEFAULT_BUDGET      4096

/* The first layout ends with budget. */
#define FIRST_LAYOUT sizeof(struct fmag_trimmer_config)

struct fmag_trimmer {
	struct fmag_cache *cache;
	size_t budget;
	struct fmag_ticker ticker;
};

static void trim(void *ctx)
{
	struct fmag_trimmer *trimmer = ctx;

	fmag_cache_trim_unused(trimmer->cache, trimmer->budget);
}

static bool resolve(struct fmag_trimmer_config *resolved,
	const struct fmag_trimmer_config *config)
{
	*resolved = (struct fmag_trimmer_config){ 0 };
	if (config != NULL && config->struct_size != 0 &&
		config->struct_size < FIRST_LAYOUT)
		return false;
	if (config != NULL)
		memcpy(resolved, config, FIRST_LAYOUT);
	if (resolved->interval_ms == 0)
		resolved->interval_ms = DEFAULT_INTERVAL_MS;
	if (resolved->budget == 0)
		resolved->budget = DEFAULT_BUDGET;
	return true;
}

static struct fmag_trimmer *make_trimmer(
	struct fmag_cache *cache, const struct fmag_trimmer_config *config)
{
	struct fmag_trimmer *trimmer = calloc(1, sizeof(*trimmer));

	if (trimmer == NULL)
		return NULL;
	trimmer->cache = cache;
	trimmer->budget = config->budget;
	trimmer->ticker.tick = trim;
	trimmer->ticker.ctx = trimmer;
	trimmer->ticker.interval_ms = config->interval_ms;
	return trimmer;
}

enum fmag_status fmag_trimmer_start(struct fmag_trimmer **trimmer,
	struct fmag_cache *cache, const struct fmag_trimmer_config *config)
{
	struct fmag_trimmer_config resolved;
	struct fmag_trimmer *made;

	if (trimmer == NULL)
		return FMAG_ERR_INVALID;
	*trimmer = NULL;
	if (cache == NULL || !resolve(&resolved, config))
		return FMAG_ERR_INVALID;
	made = make_trimmer(cache, &resolved);
	if (made == NULL)
		return FMAG_ERR_NO_MEMORY;
	if (!fmag_ticker_start(&made->ticker)) {
		free(made);
		return FMAG_ERR_NO_MEMORY;
	}
	*trimmer = made;
	return FMAG_OK;
}

void fmag_trimmer_stop(struct fmag_trimmer *trimmer)
{
	if (trimmer == NULL)
		return;
	fmag_ticker_stop(&trimmer->ticker);
	free(trimmer);
}
