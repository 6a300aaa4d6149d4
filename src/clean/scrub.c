/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scrubbing: free frames of the cache are zeroed, and become clean ones.
 *
 * They come from where nobody would have them next: the depot, then the previous
 * magazine of this CPU. What CPUs work from stays dirty; so an alloc still hits
 * where there was much to scrub. They go to the clean cache's depot, where every
 * CPU finds them, in a magazine that is held meanwhile, SHARED (C2).
 *
 * A call that is stopped for ever withholds the frame in its hands, and the room
 * of that magazine.
 *
 * Ordering:
 *   word load   relaxed   a count, about
 */
#include "base/annotate.h"
#include "base/atomic.h"
#include "cache/evacuate.h"
#include "cache/home.h"
#include "cache/local.h"
#include "cache/node.h"
#include "clean/clean.h"
#include "hal/annotate.h"

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t minus(size_t a, size_t b)
{
	return a > b ? a - b : 0;
}

static size_t frames_in(const struct fmag_cache *cache)
{
	return fmag_depot_count_frames(&cache->state->depot);
}

/* About those that no CPU works from. */
static size_t shared_frames_in(const struct fmag_cache *cache)
{
	const struct fmag_depot *depot = &cache->state->depot;
	size_t frames = 0;

	for (unsigned i = 0; i < depot->magazine_count; i++) {
		uint64_t word =
			fmag_load_relaxed(&fmag_depot_magazine(depot, i)->word);

		if (!fmag_word_is_local(word))
			frames += fmag_word_rounds(word);
	}
	return frames;
}

size_t fmag_clean_room(const struct fmag_clean *clean, size_t count)
{
	if (clean->frames_max == SIZE_MAX)
		return count;
	return lesser(
		count, minus(clean->frames_max, frames_in(clean->annex.cache)));
}

static size_t wanted(const struct fmag_clean *clean, size_t budget)
{
	budget = fmag_clean_room(clean, budget);
	if (clean->dirty_min != 0)
		budget = lesser(budget,
			minus(shared_frames_in(clean->cache),
				clean->dirty_min));
	return budget;
}

static fmag_hpa_t take_dirty(struct fmag_cache *cache)
{
	fmag_hpa_t frame = fmag_depot_take_frame(
		&cache->state->depot, fmag_own_shelf(cache));

	return frame != FMAG_HPA_NONE ? frame
				      : fmag_local_take_from_previous(cache);
}

/* False: it cannot be zeroed here. */
static bool zero(struct fmag_cache *cache, fmag_hpa_t frame)
{
	bool is_zero;

	fmag_annotate_frames(&cache->host, &frame, 1, fmag_annotate_handed_out);
	is_zero = fmag_cache_zero_ahead(cache, frame) == FMAG_OK;
	if (is_zero)
		fmag_annotate_frames(
			&cache->host, &frame, 1, fmag_annotate_given_back);
	return is_zero;
}

/* One frame into a magazine that this call holds. */
static bool scrub_into(struct fmag_clean *clean, struct fmag_magazine *magazine)
{
	struct fmag_cache *cache = clean->cache;
	fmag_hpa_t frame = take_dirty(cache);

	if (frame == FMAG_HPA_NONE)
		return false;
	if (zero(cache, frame)) {
		if (fmag_admit(clean->annex.cache, magazine, frame))
			return true;
		fmag_annotate_frames(
			&cache->host, &frame, 1, fmag_annotate_handed_out);
	}
	fmag_dealloc_frame(cache, frame);
	return false;
}

/* A magazine of them, or fewer. */
static size_t scrub_some(struct fmag_clean *clean, size_t budget)
{
	struct fmag_cache *to = clean->annex.cache;
	unsigned shelf = fmag_own_shelf(to);
	struct fmag_magazine *magazine =
		fmag_depot_get_top_up(&to->state->depot, shelf);
	size_t done = 0, room;

	if (magazine == NULL)
		return 0;
	room = to->capacity - fmag_magazine_rounds(magazine);
	while (done < lesser(budget, room) && scrub_into(clean, magazine))
		done++;
	fmag_home_put(to, shelf, magazine);
	return done;
}

size_t fmag_cache_scrub(struct fmag_cache *cache, size_t budget)
{
	struct fmag_clean *clean;
	size_t done = 0, some;

	if (!fmag_cache_check_live(cache))
		return 0;
	clean = fmag_clean_of(cache);
	if (clean == NULL)
		return 0;
	fmag_local_answer(cache);
	budget = wanted(clean, budget);
	do {
		some = scrub_some(clean, budget - done);
		done += some;
	} while (some > 0 && done < budget);
	return done;
}

size_t fmag_cache_clean_frames(const struct fmag_cache *cache)
{
	const struct fmag_clean *clean = fmag_clean_of(cache);

	return clean != NULL ? frames_in(clean->annex.cache) : 0;
}
