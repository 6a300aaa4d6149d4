/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trimmer: a thread that calls fmag_cache_trim_unused() at intervals, for
 * hosts that have no tick of their own. It ticks whether or not the cache is in
 * use, so that an idle one gives its memory back, its clean frames too, whatever
 * marks a scrubber (scrubber.h) was given. fmag starts none by itself, and a child
 * made by fork has none. Hosted only.
 */
#ifndef FMAG_TRIMMER_H
#define FMAG_TRIMMER_H

#include <fmag/types.h>

struct fmag_cache;
struct fmag_trimmer;

/* Zero in any member is its default, and NULL for the whole the default for all.
 * Copied. */
struct fmag_trimmer_config {
	/* sizeof(struct fmag_trimmer_config), or 0 for the first layout. */
	size_t struct_size;

	/* Milliseconds from the end of a call to the next. Default: 1000. */
	unsigned interval_ms;

	/* Frames a call, at most. Default: 4096. */
	size_t budget;
};

FMAG_BEGIN_DECLS

/*
 * Starts a thread that trims `cache`, with all signals blocked.
 *
 * Context:  thread; calls malloc and pthread_create.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `cache` is NULL, or struct_size is
 *           less than the first layout's; FMAG_ERR_NO_MEMORY: no memory or no
 *           thread. `*trimmer` is NULL unless FMAG_OK.
 */
FMAG_API enum fmag_status fmag_trimmer_start(struct fmag_trimmer **trimmer,
	struct fmag_cache *cache, const struct fmag_trimmer_config *config);

/*
 * Ends the thread, at once unless it is in the HAL, and frees it. Comes before
 * the end of the cache. NULL does nothing. Not for a forked child, which would
 * wait for ever.
 *
 * Context:  thread.
 * Progress: blocking: waits for the thread.
 */
FMAG_API void fmag_trimmer_stop(struct fmag_trimmer *trimmer);

FMAG_END_DECLS

#endif
