/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A retirer in memory of its own, which a forked child finds empty.
 */
#include "retire/retirer.h"
#include "hosted/storage.h"

static size_t kept_size(const struct fmag_retirer *retirer)
{
	return (size_t)((char *)retirer->state - (const char *)retirer);
}

enum fmag_status fmag_retirer_create(struct fmag_retirer **retirer,
	struct fmag_cache *cache, const struct fmag_grace_source *source,
	const struct fmag_retirer_config *config)
{
	struct fmag_retirer_config resolved;
	size_t size, kept;
	void *storage;

	if (retirer == NULL)
		return FMAG_ERR_INVALID;
	*retirer = NULL;
	if (cache == NULL || !fmag_grace_source_is_whole(source) ||
		!fmag_retirer_resolve(&resolved, config, cache) ||
		!fmag_cache_check_live(cache))
		return FMAG_ERR_INVALID;
	size = fmag_retirer_size(cache, &resolved);
	kept = FMAG_CACHE_KEPT_SIZE_((size_t)cache->front.hot.cpu_count);
	storage = fmag_map_storage(size, kept);
	if (storage == NULL)
		return FMAG_ERR_NO_MEMORY;
	*retirer = fmag_retirer_build(storage, cache, source, &resolved);
	if (*retirer != NULL)
		return FMAG_OK;
	fmag_unmap_storage(storage, size, kept);
	return FMAG_ERR_BUSY;
}

size_t fmag_retirer_destroy(struct fmag_retirer *retirer)
{
	size_t still_out = fmag_retirer_fini(retirer);

	fmag_unmap_storage(retirer, retirer->storage_size, kept_size(retirer));
	return still_out;
}
