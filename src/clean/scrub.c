/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scrubbing: free frames of the cache are zeroed, and become clean ones.
 *
 * They come from where nobody would have them next: the depot, then the previous
 * magazine of this CPU. What CPUs work from stays dirty; so an alloc still hits
 * where there was much to scrub. They go to the clean cache's depot, where every
 * CPU finds them. Both magazines are held meanwhile, SHARED (C2): so CPUs that
 * scrub at once take nothing from each other's, and a search finds what lies in
 * them.
 *
 * A call that is stopped for ever withholds the frame in its hands, and the room
 * of those magazines.
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

/* Where a call takes dirty frames from; held. */
struct dirty {
	struct fmag_cache *cache;
	struct fmag_magazine *magazine; /* NULL: none */
	unsigned node;                  /* whose shelf it is of */
};

/* One that a scrub began with comes first: so there is one such, not many. */
static struct fmag_magazine *get_frames_of(
	struct fmag_depot *depot, unsigned node)
{
	struct fmag_magazine *magazine = fmag_depot_get_partial_of(depot, node);

	return magazine != NULL ? magazine
				: fmag_depot_get_full_of(depot, node);
}

/* From the own node's shelf, then from those that follow it. */
static bool get_dirty(struct dirty *dirty)
{
	struct fmag_depot *depot = &dirty->cache->state->depot;
	unsigned own = fmag_own_shelf(dirty->cache);

	for (unsigned i = 0; dirty->magazine == NULL && i < depot->node_count;
		i++) {
		dirty->node = (own + i) % depot->node_count;
		dirty->magazine = get_frames_of(depot, dirty->node);
	}
	return dirty->magazine != NULL;
}

static void put_dirty(struct dirty *dirty)
{
	if (dirty->magazine != NULL)
		fmag_depot_put(&dirty->cache->state->depot, dirty->node,
			dirty->magazine);
	dirty->magazine = NULL;
}

static fmag_hpa_t take_dirty(struct dirty *dirty)
{
	fmag_hpa_t frame;

	while (dirty->magazine != NULL || get_dirty(dirty)) {
		if (fmag_magazine_take(dirty->magazine, &frame, 1) == 1)
			return frame;
		put_dirty(dirty);
	}
	return fmag_local_take_from_previous(dirty->cache);
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
static bool scrub_into(struct fmag_clean *clean, struct fmag_magazine *magazine,
	struct dirty *dirty)
{
	struct fmag_cache *cache = clean->cache;
	fmag_hpa_t frame = take_dirty(dirty);

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
static size_t scrub_some(
	struct fmag_clean *clean, struct dirty *dirty, size_t budget)
{
	struct fmag_cache *to = clean->annex.cache;
	unsigned shelf = fmag_own_shelf(to);
	struct fmag_magazine *magazine =
		fmag_depot_get_top_up(&to->state->depot, shelf);
	size_t done = 0, room;

	if (magazine == NULL)
		return 0;
	room = to->capacity - fmag_magazine_rounds(magazine);
	while (done < lesser(budget, room) &&
		scrub_into(clean, magazine, dirty))
		done++;
	fmag_home_put(to, shelf, magazine);
	return done;
}

size_t fmag_cache_scrub(struct fmag_cache *cache, size_t budget)
{
	struct dirty dirty = { .cache = cache };
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
		some = scrub_some(clean, &dirty, budget - done);
		done += some;
	} while (some > 0 && done < budget);
	put_dirty(&dirty);
	return done;
}

size_t fmag_cache_clean_frames(const struct fmag_cache *cache)
{
	const struct fmag_clean *clean = fmag_clean_of(cache);

	return clean != NULL ? frames_in(clean->annex.cache) : 0;
}
