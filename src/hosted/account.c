/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An account in memory of its own.
 */
#include <stdlib.h>

#include <fmag/account.h>

#include "cache/cache.h"

enum fmag_status fmag_account_create(
	struct fmag_account **account, struct fmag_cache *cache, uint64_t limit)
{
	enum fmag_status status;
	void *storage;
	size_t size;

	if (account == NULL)
		return FMAG_ERR_INVALID;
	*account = NULL;
	if (cache == NULL)
		return FMAG_ERR_INVALID;
	size = FMAG_ACCOUNT_STORAGE_SIZE(cache->front.hot.cpu_count);
	if (posix_memalign(&storage, FMAG_ACCOUNT_ALIGN, size) != 0)
		return FMAG_ERR_NO_MEMORY;
	status = fmag_account_init(account, storage, size, cache, limit);
	if (status != FMAG_OK)
		free(storage);
	return status;
}

uint64_t fmag_account_destroy(struct fmag_account *account)
{
	uint64_t owed;

	if (account == NULL)
		return 0;
	owed = fmag_account_fini(account);
	free(account); /* where its storage begins */
	return owed;
}
