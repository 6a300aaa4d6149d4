/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evacuation: ranges of physical memory whose frames no magazine may have. A hit
 * looks for none of this; so while there is a range, what is loaded takes no
 * frames, and every free is a miss, which looks.
 *
 * A range is kept out by three steps:
 *   1 it is in the table, no_room is raised, and it has a number
 *   2 each magazine is cleaned: a LOCAL one is taken back first; frames of a range
 *     go to the HAL; a SHARED one without any is touched, from the word that it
 *     was looked at with
 *   3 so each add and each enter_slot that was under way, and may not have seen
 *     the range, begins again, and sees it (fmag_admit, no_room)
 * What was cleaned stays clean, on a stack, in a slot, or in somebody's hands. A
 * range that comes later makes all of them unclean: `cleaned` is the number of
 * the evacuation that a magazine was cleaned for last.
 *
 * Invariants:
 *   E1 A magazine that is clean for the latest evacuation has no frame of a
 *      range, and while it is LOCAL no room.
 *   E2 no_room is not less than the number of ranges in use.
 *
 * Ordering:
 *   state store        release   first and last come before it
 *   state load         acquire   partner of that store
 *   first, last store  release   after CHANGING: who reads one of the next range
 *                                finds the state changed
 *   first, last load   acquire   of find: before it looks at the state again; of
 *                                overlaps relaxed: two of two ranges give a wrong
 *                                answer, and a frame goes to the HAL, or the word
 *                                was touched since (step 3)
 *   no_room            relaxed   raised before the touch, whose partner is the
 *                                load of the word that comes before the look at it
 *   evacuations add    release   the range is kept out before it has a number
 *   evacuations load   acquire   partner of that add: who cleans for a number knows
 *                                all ranges up to it
 *   cleaned store      release   what left the magazine is with the HAL before one
 *                                call, or another, says FMAG_OK
 *   cleaned load       acquire   partner of that store
 */
#include "cache/evacuate.h"

#include <fmag/reclaim.h>

#include "cache/home.h"
#include "cache/local.h"
#include "cache/node.h"

/* A place's state is {generation:30, this:2}; the next generation is UNUSED. */
enum range_state {
	UNUSED = 0,
	CHANGING,
	KEPT_OUT, /* but not numbered yet: no call may take it for cleaned */
	IN_USE,
	STATES,
};

static bool overlaps(
	const struct fmag_evacuated *range, fmag_hpa_t first, fmag_hpa_t last)
{
	return fmag_load_acquire(&range->state) % STATES >= KEPT_OUT &&
		last >= fmag_load_relaxed(&range->first) &&
		first <= fmag_load_relaxed(&range->last);
}

bool fmag_overlaps_evacuated(
	const struct fmag_cache *cache, fmag_hpa_t first, fmag_hpa_t last)
{
	for (unsigned i = 0; i < FMAG_MAX_EVACUATED; i++) {
		if (overlaps(&cache->state->evacuated[i], first, last))
			return true;
	}
	return false;
}

/* A frame is aligned to its size, and so is a range to what it is made of. */
bool fmag_is_evacuated(const struct fmag_cache *cache, fmag_hpa_t frame)
{
	fmag_hpa_t last = frame + cache->front.hot.frame_mask;

	return fmag_overlaps_evacuated(cache, frame, last);
}

/* Those before the first that may not lie in a magazine. */
static size_t count_admitted(
	const struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	size_t admitted = 0;

	if (fmag_likely(fmag_load_relaxed(&cache->state->front.no_room) == 0))
		return count;
	while (admitted < count && !fmag_is_evacuated(cache, frames[admitted]))
		admitted++;
	return admitted;
}

size_t fmag_admit_many(struct fmag_cache *cache, struct fmag_magazine *magazine,
	const fmag_hpa_t *frames, size_t count)
{
	unsigned capacity = cache->state->depot.capacity;
	uint64_t word = fmag_load_acquire(&magazine->word);
	size_t added = 0;

	while (added == 0 && fmag_word_rounds(word) < capacity) {
		count = count_admitted(cache, frames, count);
		if (count == 0)
			break;
		added = fmag_magazine_add_to(
			magazine, capacity, &word, frames, count);
	}
	return added;
}

bool fmag_admit(struct fmag_cache *cache, struct fmag_magazine *magazine,
	fmag_hpa_t frame)
{
	return fmag_admit_many(cache, magazine, &frame, 1) == 1;
}

/* One evacuation's call. */
struct evacuation {
	struct fmag_cache *cache;
	uint32_t number;
	size_t budget;
	/* Held by this call: where frames go that may stay. */
	struct fmag_magazine *others;
};

/* Not one with frames: it may be the one that is being sorted. */
static struct fmag_magazine *get_empty(struct fmag_depot *depot, unsigned shelf)
{
	struct fmag_magazine *magazine = fmag_depot_get_room(depot, shelf);

	if (magazine == NULL || fmag_magazine_rounds(magazine) == 0)
		return magazine;
	fmag_depot_put(depot, shelf, magazine);
	return NULL;
}

static void put_others(struct evacuation *evacuation)
{
	if (evacuation->others != NULL)
		fmag_home_put(evacuation->cache,
			fmag_own_shelf(evacuation->cache), evacuation->others);
	evacuation->others = NULL;
}

static void keep(struct evacuation *evacuation, fmag_hpa_t frame)
{
	struct fmag_cache *cache = evacuation->cache;
	struct fmag_depot *depot = &cache->state->depot;
	unsigned shelf = fmag_own_shelf(cache);

	if (evacuation->others != NULL &&
		fmag_admit(cache, evacuation->others, frame))
		return;
	if (evacuation->others != NULL)
		fmag_depot_put(depot, shelf, evacuation->others);
	evacuation->others = get_empty(depot, shelf);
	if (evacuation->others == NULL ||
		!fmag_admit(cache, evacuation->others, frame))
		fmag_host_give(&cache->host, &frame, 1);
}

static void spend(struct evacuation *evacuation, size_t frames)
{
	evacuation->budget -=
		frames < evacuation->budget ? frames : evacuation->budget;
}

static void sort(
	struct evacuation *evacuation, fmag_hpa_t *frames, size_t count)
{
	struct fmag_cache *cache = evacuation->cache;
	size_t out = 0;

	for (size_t i = 0; i < count; i++) {
		if (fmag_is_evacuated(cache, frames[i]))
			frames[out++] = frames[i];
		else
			keep(evacuation, frames[i]);
	}
	if (out > 0)
		fmag_host_give(&cache->host, frames, out);
}

/* The top of a magazine. Where the HAL may not be called, nothing is left to do. */
static void sort_some(
	struct evacuation *evacuation, struct fmag_magazine *magazine)
{
	struct fmag_cache *cache = evacuation->cache;
	fmag_hpa_t run[FMAG_HAL_RUN];
	size_t count = FMAG_HAL_RUN;
	uint32_t *mark;

	if (!fmag_host_enter(&cache->host, &mark)) {
		evacuation->budget = 0;
		return;
	}
	if (count > evacuation->budget)
		count = evacuation->budget;
	count = fmag_magazine_take(magazine, run, count);
	sort(evacuation, run, count);
	fmag_host_leave(mark);
	spend(evacuation, count);
}

/* What lies there is the word's, if the word is so still. */
static bool has_evacuated(const struct fmag_cache *cache,
	const struct fmag_magazine *magazine, uint64_t word)
{
	for (size_t i = 0; i < fmag_word_rounds(word); i++) {
		if (fmag_is_evacuated(
			    cache, fmag_load_relaxed(&magazine->frames[i])))
			return true;
	}
	return false;
}

/* A SHARED one: true where it is clean. */
static bool clean_shared(struct evacuation *evacuation,
	struct fmag_magazine *magazine, uint64_t word)
{
	size_t looked_at = fmag_word_rounds(word) + 1;

	if (has_evacuated(evacuation->cache, magazine, word)) {
		sort_some(evacuation, magazine);
		return false;
	}
	spend(evacuation, looked_at);
	if (!fmag_magazine_touch(magazine, word))
		return false;
	fmag_store_release(&magazine->cleaned, evacuation->number);
	return true;
}

/* A LOCAL one is SHARED then; false where its CPU, or a call, keeps it. */
static bool take_back(struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	switch (cache->front.ops->take_back(&cache->front, magazine)) {
	case FMAG_FRONT_DONE:
		fmag_home_put_back(cache, magazine);
		return true;
	case FMAG_FRONT_FREED:
		return true;
	default:
		return !fmag_word_is_local(fmag_load_relaxed(&magazine->word));
	}
}

/* True where it is clean. */
static bool clean(struct evacuation *evacuation, struct fmag_magazine *magazine)
{
	bool is_clean = false;

	if (magazine == evacuation->others)
		put_others(evacuation);
	while (!is_clean && evacuation->budget > 0) {
		uint64_t word = fmag_load_acquire(&magazine->word);

		if (!fmag_word_is_local(word))
			is_clean = clean_shared(evacuation, magazine, word);
		else if (!take_back(evacuation->cache, magazine))
			return false;
	}
	return is_clean;
}

/* False where some are not. */
static bool clean_all(struct evacuation *evacuation)
{
	struct fmag_depot *depot = &evacuation->cache->state->depot;
	bool is_clean = true;

	for (unsigned i = 0; i < depot->magazine_count; i++) {
		struct fmag_magazine *magazine = fmag_depot_magazine(depot, i);

		if (fmag_load_acquire(&magazine->cleaned) !=
				evacuation->number &&
			!clean(evacuation, magazine))
			is_clean = false;
	}
	put_others(evacuation);
	return is_clean;
}

/* Numbered, and in *state: the ends are that generation's, if it is so still. */
static bool is_range(struct fmag_evacuated *range, fmag_hpa_t first,
	fmag_hpa_t last, uint32_t *state)
{
	*state = fmag_load_acquire(&range->state);
	return *state % STATES == IN_USE &&
		fmag_load_acquire(&range->first) == first &&
		fmag_load_acquire(&range->last) == last &&
		fmag_load_relaxed(&range->state) == *state;
}

static struct fmag_evacuated *find(struct fmag_cache *cache, fmag_hpa_t first,
	fmag_hpa_t last, uint32_t *state)
{
	for (unsigned i = 0; i < FMAG_MAX_EVACUATED; i++) {
		struct fmag_evacuated *range = &cache->state->evacuated[i];

		if (is_range(range, first, last, state))
			return range;
	}
	return NULL;
}

/* Step 1. False where the table is full. */
static bool keep_out(
	struct fmag_cache *cache, fmag_hpa_t first, fmag_hpa_t last)
{
	for (unsigned i = 0; i < FMAG_MAX_EVACUATED; i++) {
		struct fmag_evacuated *range = &cache->state->evacuated[i];
		uint32_t state = fmag_load_relaxed(&range->state);

		if (state % STATES != UNUSED ||
			!fmag_cas_acquire(
				&range->state, &state, state + CHANGING))
			continue;
		fmag_add_relaxed(&cache->state->front.no_room, 1u);
		fmag_store_release(&range->first, first);
		fmag_store_release(&range->last, last);
		fmag_store_release(&range->state, state + KEPT_OUT);
		fmag_add_release(&cache->state->evacuations, 1u);
		fmag_store_release(&range->state, state + IN_USE);
		return true;
	}
	return false;
}

static enum fmag_status clean_cache(struct fmag_cache *cache, size_t *budget)
{
	struct evacuation evacuation = {
		.cache = cache,
		.number = fmag_load_acquire(&cache->state->evacuations),
		.budget = *budget,
	};
	bool is_clean = clean_all(&evacuation);

	*budget = evacuation.budget;
	if (is_clean)
		return FMAG_OK;
	return evacuation.budget > 0 && cache->front_kind == FMAG_FRONT_RSEQ &&
			!cache->front.ops->reaches_loaded(&cache->front)
		? FMAG_ERR_UNSUPPORTED
		: FMAG_ERR_BUSY;
}

/* Spends of *budget. */
static enum fmag_status evacuate_from(struct fmag_cache *cache,
	fmag_hpa_t first, fmag_hpa_t last, size_t *budget)
{
	uint32_t state;

	if (find(cache, first, last, &state) == NULL &&
		!keep_out(cache, first, last))
		return FMAG_ERR_NO_MEMORY;
	fmag_local_answer(cache);
	return clean_cache(cache, budget);
}

/*
 * Of those whose frames lie in a cache; what becomes of others' is up to them. An
 * inner cache's come back to this one, which cannot keep what is the HAL's.
 */
static enum fmag_status evacuate_annexes(struct fmag_cache *cache,
	fmag_hpa_t first, fmag_hpa_t last, size_t *budget)
{
	const struct fmag_annexes *annexes = &cache->annexes;
	enum fmag_status status = FMAG_OK;
	bool is_open = fmag_host_is_open(&cache->host);

	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_cache *inner = fmag_annexes_cache(annexes, kind);

		if (fmag_annexes_get(annexes, kind) != NULL && !is_open)
			status = FMAG_ERR_BUSY;
		else if (inner != NULL && status == FMAG_OK)
			status = evacuate_from(inner, first, last, budget);
	}
	if (is_open)
		fmag_annexes_drain(annexes, *budget);
	return status;
}

enum fmag_status fmag_cache_evacuate(struct fmag_cache *cache, fmag_hpa_t start,
	uint64_t size, size_t budget)
{
	enum fmag_status status, annexes_status;
	fmag_hpa_t last = start + (size - 1);

	if (size == 0 || last < start)
		return FMAG_ERR_INVALID;
	if (!fmag_cache_check_live(cache))
		return FMAG_ERR_INVALID;
	status = evacuate_from(cache, start, last, &budget);
	if (status == FMAG_ERR_NO_MEMORY)
		return status;
	annexes_status = evacuate_annexes(cache, start, last, &budget);
	return status != FMAG_OK ? status : annexes_status;
}

void fmag_evacuate_likewise(
	struct fmag_cache *cache, const struct fmag_cache *other)
{
	for (unsigned i = 0; i < FMAG_MAX_EVACUATED; i++) {
		const struct fmag_evacuated *range =
			&other->state->evacuated[i];

		if (fmag_load_acquire(&range->state) % STATES == IN_USE)
			fmag_cache_evacuate(cache, range->first,
				range->last - range->first + 1, SIZE_MAX);
	}
}

enum fmag_status fmag_cache_readmit(
	struct fmag_cache *cache, fmag_hpa_t start, uint64_t size)
{
	enum fmag_status status = FMAG_ERR_INVALID;
	struct fmag_evacuated *range;
	uint32_t state;

	while ((range = find(cache, start, start + (size - 1), &state)) !=
		NULL) {
		if (!fmag_cas_release(
			    &range->state, &state, state + (STATES - IN_USE)))
			continue;
		fmag_sub_relaxed(&cache->state->front.no_room, 1u);
		status = FMAG_OK;
	}
	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_cache *inner =
			fmag_annexes_cache(&cache->annexes, kind);

		if (inner != NULL)
			fmag_cache_readmit(inner, start, size);
	}
	return status;
}
