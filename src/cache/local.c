/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordering:
 *   previous exchange   acquire   after ck's fences, or those of the word:
 *                                 what the magazine's last holder did with it
 *                                 is published by its word (magazine.h); this
 *                                 orders the hold itself
 *                       release   likewise, for the next holder
 *   previous load       relaxed   a hint; and any magazine may be taken from
 *   limit               relaxed   a hint; a lost raise is made up for later
 *   is_asked            relaxed   a request; see front/owner.h
 */
#include "cache/local.h"

#include "base/atomic.h"
#include "cache/home.h"
#include "cache/node.h"

static struct fmag_slot *own_slot(const struct fmag_cache *cache)
{
	return fmag_front_slot(&cache->front, fmag_front_cpu(&cache->front));
}

struct fmag_magazine *fmag_local_take_previous_of(
	struct fmag_cache *cache, unsigned cpu)
{
	struct fmag_slot *slot = fmag_front_slot(&cache->front, cpu);

	if (slot == NULL || fmag_load_relaxed(&slot->previous) == NULL)
		return NULL;
	return fmag_exchange_acq_rel(&slot->previous, NULL);
}

struct fmag_magazine *fmag_local_take_previous(struct fmag_cache *cache)
{
	return fmag_local_take_previous_of(
		cache, fmag_front_cpu(&cache->front));
}

fmag_hpa_t fmag_local_take_from_previous(struct fmag_cache *cache)
{
	struct fmag_slot *slot = own_slot(cache);
	struct fmag_magazine *magazine;
	fmag_hpa_t frame;

	if (slot == NULL)
		return FMAG_HPA_NONE;
	magazine = fmag_load_relaxed(&slot->previous);
	if (magazine == NULL || fmag_magazine_take(magazine, &frame, 1) == 0)
		return FMAG_HPA_NONE;
	return frame;
}

/* Rounds that the CPU fills magazines to. */
static size_t limit_of(
	const struct fmag_cache *cache, const struct fmag_slot *slot)
{
	return slot != NULL ? fmag_load_relaxed(&slot->limit)
			    : cache->rounds_min;
}

bool fmag_local_is_filled(
	struct fmag_cache *cache, const struct fmag_magazine *magazine)
{
	return fmag_magazine_rounds(magazine) >=
		limit_of(cache, own_slot(cache));
}

/* One that comes with as many or more has room for one, and for no more. */
static size_t limit_for(const struct fmag_cache *cache,
	const struct fmag_slot *slot, const struct fmag_magazine *magazine)
{
	size_t limit = limit_of(cache, slot);
	size_t least = fmag_magazine_rounds(magazine) + 1;

	if (limit < least)
		limit = least;
	return limit < cache->capacity ? limit : cache->capacity;
}

void fmag_local_load(struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	struct fmag_slot *slot = own_slot(cache);
	struct fmag_magazine *out;

	if (slot == NULL ||
		cache->front.ops->install(&cache->front, magazine,
			limit_for(cache, slot, magazine),
			&out) != FMAG_FRONT_DONE)
		out = magazine;
	else if (out != NULL)
		out = fmag_exchange_acq_rel(&slot->previous, out);
	if (out != NULL)
		fmag_home_put(cache, fmag_own_shelf(cache), out);
}

fmag_hpa_t fmag_local_alloc_from(
	struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	fmag_hpa_t frame;

	if (fmag_magazine_take(magazine, &frame, 1) == 1) {
		fmag_local_load(cache, magazine);
		return frame;
	}
	fmag_depot_put(&cache->state->depot, fmag_own_shelf(cache), magazine);
	return FMAG_HPA_NONE;
}

void fmag_local_grow(struct fmag_cache *cache)
{
	struct fmag_slot *slot = own_slot(cache);
	size_t limit;

	fmag_add_relaxed(&cache->state->depot_takes, 1);
	if (slot == NULL)
		return;
	limit = fmag_load_relaxed(&slot->limit) + cache->rounds_min;
	if (limit > cache->capacity)
		limit = cache->capacity;
	fmag_store_relaxed(&slot->limit, (uint32_t)limit);
}

/*
 * In place of a detach where no CPU may be interrupted, not even this one: a
 * magazine with room takes its place, and it becomes the previous one. False: there
 * is none, and it stays asked for.
 */
static bool displace(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine = fmag_depot_get_room(
		&cache->state->depot, fmag_own_shelf(cache));

	if (magazine != NULL)
		fmag_local_load(cache, magazine);
	return magazine != NULL;
}

static void answer(struct fmag_cache *cache)
{
	unsigned cpu = fmag_front_cpu(&cache->front);
	struct fmag_slot *slot = fmag_front_slot(&cache->front, cpu);
	struct fmag_magazine *magazine;

	if (fmag_likely(
		    slot == NULL || fmag_load_relaxed(&slot->is_asked) == 0))
		return;
	if (!cache->front.ops->has_slot(&cache->front))
		return;
	if (cache->front.ops->detach(&cache->front, cpu, &magazine) !=
		FMAG_FRONT_DONE) {
		if (!displace(cache))
			return;
	} else if (magazine != NULL) {
		fmag_home_put(cache, fmag_shelf_of_cpu(cache, cpu), magazine);
	}
	fmag_store_relaxed(&slot->is_asked, 0u);
}

void fmag_local_answer(struct fmag_cache *cache)
{
	answer(cache);
	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_cache *inner =
			fmag_annexes_cache(&cache->annexes, kind);

		if (fmag_unlikely(inner != NULL))
			answer(inner);
	}
}

void fmag_cpu_poked(struct fmag_cache *cache)
{
	if (fmag_cache_check_live(cache)) {
		fmag_local_answer(cache);
		fmag_annexes_poked(&cache->annexes);
	}
}
