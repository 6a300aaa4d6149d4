/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scrubber: a thread that calls fmag_cache_scrub() (clean.h), for hosts that
 * have no idle loop of their own. It begins where there are fewer clean frames
 * than the low mark, and goes on, no faster than it may, until there are as many
 * as the high one. fmag starts none by itself, and a child made by fork has none.
 * Hosted only.
 */
#ifndef FMAG_SCRUBBER_H
#define FMAG_SCRUBBER_H

#include <fmag/types.h>

struct fmag_cache;
struct fmag_scrubber;

/* Zero in any member is its default, and NULL for the whole the default for all.
 * Copied. */
struct fmag_scrubber_config {
	/* sizeof(struct fmag_scrubber_config), or 0 for the first layout. */
	size_t struct_size;

	/* Clean frames: it begins below `low`, and ends at `high`. Defaults: half
	 * of `high`; and of what the clean magazines have room for, three
	 * quarters. */
	size_t low;
	size_t high;

	/* At most, on the average of an interval. Default: 65536, of 4 KiB
	 * 256 MiB. */
	unsigned frames_per_second;

	/* Milliseconds from one look at the marks to the next. Default: 10. */
	unsigned interval_ms;
};

FMAG_BEGIN_DECLS

/*
 * Starts a thread that scrubs `cache`, with all signals blocked.
 *
 * Context:  thread; calls malloc and pthread_create.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `cache` is NULL, or has no place for clean
 *           frames, or struct_size is less than the first layout's, or `low` is
 *           above `high`; FMAG_ERR_NO_MEMORY: no memory or no thread. `*scrubber`
 *           is NULL unless FMAG_OK.
 */
FMAG_API enum fmag_status fmag_scrubber_start(struct fmag_scrubber **scrubber,
	struct fmag_cache *cache, const struct fmag_scrubber_config *config);

/*
 * Ends the thread, after the frames of this interval, and frees it. Comes before
 * fmag_clean_destroy() and the end of the cache. NULL does nothing. Not for a
 * forked child, which would wait for ever.
 *
 * Context:  thread.
 * Progress: blocking: waits for the thread.
 */
FMAG_API void fmag_scrubber_stop(struct fmag_scrubber *scrubber);

FMAG_END_DECLS

#endif
