/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache in memory of its own, which a forked child finds empty.
 *
 * The storage begins so that its read-only part ends at a page boundary: the
 * child keeps that, and with it the way to report its fault; all pages after
 * it are wiped (MADV_WIPEONFORK), so that the child has none of the frames.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "cache/cache.h"
#include "hosted/platform.h"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Bytes of the mapping for `size` bytes of storage. */
static size_t mapping_size(size_t size)
{
	size_t page = page_size();

	return page + (size - FMAG_CACHE_CONST_SIZE + page - 1) / page * page;
}

static void *map_storage(size_t size)
{
	size_t page = page_size(), length = mapping_size(size);
	char *map = mmap(NULL, length, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	/* Refused by kernels before 4.14 only: then fork is the host's care. */
	(void)madvise(map + page, length - page, MADV_WIPEONFORK);
	return map + page - FMAG_CACHE_CONST_SIZE;
}

static void unmap_storage(void *storage, size_t size)
{
	char *map = (char *)storage + FMAG_CACHE_CONST_SIZE - page_size();

	munmap(map, mapping_size(size));
}

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
	storage = map_storage(fmag_config_storage_size(&resolved));
	if (storage == NULL)
		return FMAG_ERR_NO_MEMORY;
	*cache = fmag_cache_build(storage, hal, &resolved);
	return FMAG_OK;
}

size_t fmag_cache_destroy(struct fmag_cache *cache)
{
	size_t still_out = fmag_cache_fini(cache);

	unmap_storage(cache, cache->storage_size);
	return still_out;
}
