/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clean frames in memory of the library's, which a forked child finds empty.
 */
#include "clean/clean.h"

#include "hosted/storage.h"

static size_t kept_size(const struct fmag_cache *cache)
{
	return FMAG_CLEAN_HEAD_SIZE_ +
		FMAG_CACHE_KEPT_SIZE_(cache->front.hot.cpu_count);
}

static void unmap(struct fmag_clean *clean)
{
	fmag_unmap_storage(clean,
		FMAG_CLEAN_HEAD_SIZE_ + clean->annex.cache->storage_size,
		kept_size(clean->cache));
}

enum fmag_status fmag_clean_create(
	struct fmag_cache *cache, const struct fmag_clean_config *config)
{
	struct fmag_clean_config resolved;
	enum fmag_status status;
	void *storage;
	size_t size;

	if (cache == NULL)
		return FMAG_ERR_INVALID;
	status = fmag_clean_resolve(&resolved, config, cache);
	if (status != FMAG_OK)
		return status;
	size = fmag_clean_storage_size(cache, &resolved);
	storage = fmag_map_storage(size, kept_size(cache));
	if (storage == NULL)
		return FMAG_ERR_NO_MEMORY;
	status = fmag_clean_build(cache, storage, &resolved, unmap);
	if (status != FMAG_OK)
		fmag_unmap_storage(storage, size, kept_size(cache));
	return status;
}

void fmag_clean_destroy(struct fmag_cache *cache)
{
	fmag_clean_fini(cache);
}
