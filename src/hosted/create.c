/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache in memory of its own, which a forked child finds empty.
 *
 * The storage begins so that the part that a child keeps ends at a page
 * boundary, and with it the child has the way to report its fault; all pages
 * after it are wiped (MADV_WIPEONFORK), so that it has none of the frames.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "cache/cache.h"
#include "hosted/platform.h"

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t size)
{
	size_t page = page_size();

	return (size + page - 1) / page * page;
}

/* A mapping whose first `kept` bytes of storage end at a page boundary. */
static void *map_storage(size_t size, size_t kept)
{
	size_t head = round_up(kept), wiped = round_up(size - kept);
	char *map = mmap(NULL, head + wiped, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	/* Refused by kernels before 4.14 only: then fork is the host's care. */
	(void)madvise(map + head, wiped, MADV_WIPEONFORK);
	return map + head - kept;
}

static void unmap_storage(void *storage, size_t size, size_t kept)
{
	size_t head = round_up(kept);

	munmap((char *)storage + kept - head, head + round_up(size - kept));
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
	storage = map_storage(fmag_config_storage_size(&resolved),
		FMAG_CACHE_KEPT_SIZE_(resolved.cpu_count));
	if (storage == NULL)
		return FMAG_ERR_NO_MEMORY;
	*cache = fmag_cache_build(storage, hal, &resolved, &platform);
	return FMAG_OK;
}

size_t fmag_cache_destroy(struct fmag_cache *cache)
{
	size_t still_out = fmag_cache_fini(cache);

	unmap_storage(cache, cache->storage_size,
		FMAG_CACHE_KEPT_SIZE_(cache->front.hot.cpu_count));
	return still_out;
}
