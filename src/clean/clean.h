/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clean frames: free frames of a cache that are zero, in a cache of their own.
 *
 *	alloc_zeroed   <--- clean cache <--- scrub, or a HAL that gives zeroed ones
 *	                     |     ^
 *	     look, drain     |     | one at a time, zeroed
 *	                     v     |
 *	alloc, dealloc <---> cache, HAL
 *
 * The clean cache has the cache's front, CPUs and nodes. Its HAL gives nothing,
 * and what is given to it goes to the cache.
 *
 * Invariants:
 *   C1 A frame in the clean cache is zero: whoever puts it there had it alone, and
 *      wrote nothing after it was zeroed. What callers free goes to the cache.
 *   C2 Frames come into SHARED clean magazines only, by an add that counts as a
 *      move (M3); into a slot they come with their magazine, which is one too. So
 *      the sum that a look returns tells of every frame that comes, though a
 *      stay be apart.
 *   C3 A range that is kept out of the cache is kept out of the clean one.
 */
#ifndef FMAG_CLEAN_CLEAN_H
#define FMAG_CLEAN_CLEAN_H

#include <fmag/clean.h>

#include "cache/cache.h"

/* At the beginning of the storage; the clean cache follows. Read only. */
struct fmag_clean {
	struct fmag_annex annex; /* its cache is the clean one */
	struct fmag_cache *cache;
	size_t frames_max;
	size_t dirty_min;
	/* At the cache's end; NULL: the storage is the caller's. */
	void (*release)(struct fmag_clean *clean);
};

_Static_assert(sizeof(struct fmag_clean) <= FMAG_CLEAN_HEAD_SIZE_,
	"the clean cache comes after it");

/* NULL: the cache has none, or this is a forked child. */
static inline struct fmag_clean *fmag_clean_of(const struct fmag_cache *cache)
{
	struct fmag_annex *annex =
		fmag_annexes_get(&cache->annexes, FMAG_ANNEX_CLEAN);

	return annex != NULL && fmag_cache_is_live(cache)
		? fmag_container_of(annex, struct fmag_clean, annex)
		: NULL;
}

/*
 * Replaces what `*config` (or NULL) leaves open by defaults. FMAG_ERR_INVALID: a
 * member is out of range; FMAG_ERR_BUSY: the cache has one already;
 * FMAG_ERR_UNSUPPORTED: it needs none.
 */
enum fmag_status fmag_clean_resolve(struct fmag_clean_config *resolved,
	const struct fmag_clean_config *config, struct fmag_cache *cache);

/* Bytes of storage that a resolved configuration needs. */
size_t fmag_clean_storage_size(
	const struct fmag_cache *cache, const struct fmag_clean_config *config);

/* FMAG_ERR_BUSY: another call was faster. */
enum fmag_status fmag_clean_build(struct fmag_cache *cache, void *storage,
	const struct fmag_clean_config *config,
	void (*release)(struct fmag_clean *clean));

/* As many of `count` frames as may become clean now, about: others may do the
 * same at once. */
size_t fmag_clean_room(const struct fmag_clean *clean, size_t count);

/* Its frames go to the cache; it is attached no more, and its storage released. */
void fmag_clean_end(struct fmag_clean *clean);

#endif
