/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/counted/places.h"

#include "cache/cache.h"

const char *const place_names[PLACES] = {
	[PLACE_STACK] = "stack",
	[PLACE_PREVIOUS] = "previous",
	[PLACE_SLOT] = "slot",
	[PLACE_MAGAZINE] = "magazine",
	[PLACE_FRAMES] = "frames",
	[PLACE_COUNTERS] = "counters",
	[PLACE_OTHER] = "other",
};

static size_t offset_of(const struct fmag_cache *cache, const void *part)
{
	return (size_t)((const char *)part - (const char *)cache);
}

struct places places_of(const struct fmag_cache *cache)
{
	return (struct places){
		.slots = FMAG_CACHE_SLOTS_,
		.state = offset_of(cache, cache->state),
		.marks = offset_of(cache, cache->marks),
		.table = offset_of(cache, cache->state->depot.table),
		.magazine_size = cache->state->depot.magazine_size,
	};
}

static enum place place_in_slot(size_t offset)
{
	return offset % sizeof(struct fmag_slot) ==
			offsetof(struct fmag_slot, previous)
		? PLACE_PREVIOUS
		: PLACE_SLOT;
}

static enum place place_in_state(size_t offset)
{
	const size_t depot = offsetof(struct fmag_cache_state, depot);

	if (offset < offsetof(struct fmag_cache_state, host))
		return PLACE_OTHER;
	if (offset < depot)
		return PLACE_COUNTERS;
	return offset - depot < offsetof(struct fmag_depot, spares_owed)
		? PLACE_STACK
		: PLACE_OTHER;
}

enum place place_at(const struct places *places, size_t offset)
{
	if (offset >= places->table)
		return (offset - places->table) % places->magazine_size <
				sizeof(struct fmag_magazine)
			? PLACE_MAGAZINE
			: PLACE_FRAMES;
	if (offset >= places->marks || offset < places->slots)
		return PLACE_OTHER;
	return offset >= places->state ? place_in_state(offset - places->state)
				       : place_in_slot(offset - places->slots);
}
