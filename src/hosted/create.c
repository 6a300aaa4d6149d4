/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache in memory of its own, which a forked child finds empty, but for the way
 * to report its fault.
 */
#include "cache/cache.h"
#include "hosted/platform.h"
#include "hosted/storage.h"

enum fmag_status fmag_cache_create(struct fmag_cache **cache,
	const struct fmag_hal *hal, const struct fmag_config *config)
{
	const struct fmag_platform platform = fmag_platform_linux();
	struct fmag_config resolved;
	enum fmag_status status;
	void *storage;

	if (cache == NULL)
		return FMAG_ERR_INVALID;
	*cache = NULL;
	status = fmag_hal_check(hal);
	if (status == FMAG_OK)
		status = fmag_config_resolve(&resolved, config, hal, &platform);
	if (status != FMAG_OK)
		return status;
	storage = fmag_map_storage(fmag_config_storage_size(&resolved),
		FMAG_CACHE_KEPT_SIZE_(resolved.cpu_count));
	if (storage == NULL)
		return FMAG_ERR_NO_MEMORY;
	*cache = fmag_cache_build(storage, hal, &resolved, &platform);
	return FMAG_OK;
}

size_t fmag_cache_destroy(struct fmag_cache *cache)
{
	size_t still_out = fmag_cache_fini(cache);

	fmag_unmap_storage(cache, cache->storage_size,
		FMAG_CACHE_KEPT_SIZE_(cache->front.hot.cpu_count));
	return still_out;
}
