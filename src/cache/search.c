/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One try of a search:
 *   1 look    at every magazine of the table: a frame of any SHARED one, on a
 *             stack, in a slot as previous, or in somebody's hands; and into the
 *             annexes (cache/annex.h)
 *   2 own     what the CPU works from
 *   3 others  each LOCAL magazine with frames is taken back, from its CPU or from
 *             a call that stopped on the way, until one of them gives a frame
 *   4 HAL     if this alloc may call it
 *   5 look    again
 * NONE is said if nothing moved between the two looks.
 *
 * Why that is right. Both looks found every SHARED magazine empty, and sum up its
 * moves; what they sum only grows (M3), so equal sums mean that each part of them
 * is equal. Then from the end of the first look to the beginning of the second
 *   - no SHARED magazine got a frame: they had none;
 *   - no LOCAL magazine got one, nor did any become SHARED, or LOCAL. Those that
 *     had frames were not taken back in step 3, since that would have moved them:
 *     they were with a holder of a BUSY slot (claim; an interrupted operation on
 *     the own CPU: owner), who had it until the second look, because the slots'
 *     changes are equal too; or they were apart, out of reach;
 *   - no frame of an annex was free, by its own proof from equal sums;
 *   - the HAL had none at an instant of step 4, which comes after all that.
 * At that instant every frame was with a caller, in the hands of a call that had
 * not returned, inside the HAL, or apart.
 *
 * A try is repeated only when something moved: by another call's progress, or the
 * thread's to another CPU. Nobody is waited for (G3).
 *
 * What the own slot got while its stay is apart is no part of the sum; it is
 * looked at by itself: the same magazine with the same moves. It was pushed to by
 * handlers and, where the CPU is isolated, by other threads there.
 *
 * Ordering:
 *   loaded load   acquire   the word's load comes after it
 *   word load     acquire   the second look's come after the first's
 *   word load     relaxed   step 3: a hint; take_back looks again
 */
#include "cache/search.h"

#include "base/atomic.h"
#include "cache/evacuate.h"
#include "cache/local.h"
#include "cache/refill.h"

/* Two that are equal: nothing moved between them. */
struct moves {
	uint64_t magazines;
	uint64_t slots;
	uint64_t annexes;
	unsigned cpu;
	/* The own slot's, and its moves; the stub's on the claim front. */
	const struct fmag_magazine *loaded;
	uint64_t of_loaded;
};

static bool nothing_moved(const struct moves *before, const struct moves *after)
{
	return before->magazines == after->magazines &&
		before->slots == after->slots &&
		before->annexes == after->annexes &&
		before->cpu == after->cpu && before->loaded == after->loaded &&
		before->of_loaded == after->of_loaded;
}

static void look_at_own(struct fmag_cache *cache, struct moves *moves)
{
	const struct fmag_slot *slot;

	moves->cpu = fmag_front_cpu(&cache->front);
	moves->loaded = NULL;
	moves->of_loaded = 0;
	slot = fmag_front_slot(&cache->front, moves->cpu);
	if (slot == NULL)
		return;
	moves->loaded = fmag_load_acquire(&slot->loaded);
	moves->of_loaded =
		fmag_word_moves(fmag_load_acquire(&moves->loaded->word));
}

/* Where it may take the HAL to zero a frame, which may not be called here. */
static bool cannot_clean(const struct fmag_cache *cache, enum fmag_reach reach)
{
	return fmag_cache_is_clean(cache) &&
		cache->host.ops.fill_frame != NULL &&
		(reach != FMAG_REACH_HAL || !fmag_host_is_open(&cache->host));
}

/*
 * What was retired was not zeroed as a free is (zero_on_free), and may lie in an
 * evacuated range, and so be the HAL's.
 */
static bool is_to_be_had(
	struct fmag_cache *cache, enum fmag_reach reach, fmag_hpa_t frame)
{
	if (fmag_unlikely(!fmag_is_admitted(cache, frame)) &&
		reach == FMAG_REACH_HAL && fmag_host_is_open(&cache->host)) {
		fmag_dealloc_frame(cache, frame);
		return false;
	}
	return !fmag_cache_is_clean(cache) ||
		fmag_cache_clean_or_quarantine(cache, frame);
}

static fmag_hpa_t look_into_annexes(
	struct fmag_cache *cache, enum fmag_reach reach, uint64_t *moves)
{
	fmag_hpa_t frame;

	*moves = 0;
	if (fmag_unlikely(cannot_clean(cache, reach)))
		return FMAG_HPA_NONE;
	do
		frame = fmag_annexes_look(&cache->annexes, moves);
	while (frame != FMAG_HPA_NONE && !is_to_be_had(cache, reach, frame));
	return frame;
}

/* A frame, or NONE and what had moved up to then. */
static fmag_hpa_t look(
	struct fmag_cache *cache, enum fmag_reach reach, struct moves *moves)
{
	const struct fmag_front *front = &cache->front;
	fmag_hpa_t frame = fmag_depot_sweep(&cache->state->depot,
		!front->ops->reaches_loaded(front), &moves->magazines);

	if (frame == FMAG_HPA_NONE)
		frame = look_into_annexes(cache, reach, &moves->annexes);
	moves->slots = front->ops->moves(front);
	look_at_own(cache, moves);
	return frame;
}

static fmag_hpa_t take_back(
	struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	fmag_hpa_t frame;

	switch (cache->front.ops->take_back(&cache->front, magazine)) {
	case FMAG_FRONT_DONE:
		fmag_add_relaxed(&cache->state->reclaims, 1);
		return fmag_local_alloc_from(cache, magazine);
	case FMAG_FRONT_FREED:
		if (fmag_magazine_take(magazine, &frame, 1) == 0)
			return FMAG_HPA_NONE;
		return frame;
	default:
		return FMAG_HPA_NONE;
	}
}

/* Step 3. Each call begins elsewhere, so that not all rob the same CPU. */
static fmag_hpa_t take_back_one(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	unsigned count = depot->magazine_count;
	unsigned first = fmag_front_cpu(&cache->front) % count;
	fmag_hpa_t frame = FMAG_HPA_NONE;

	for (unsigned i = 0; i < count && frame == FMAG_HPA_NONE; i++) {
		struct fmag_magazine *magazine =
			fmag_depot_magazine(depot, (first + i) % count);
		uint64_t word = fmag_load_relaxed(&magazine->word);

		if (fmag_word_is_local(word) && fmag_word_rounds(word) > 0)
			frame = take_back(cache, magazine);
	}
	return frame;
}

/* Steps 2 and 3. */
static fmag_hpa_t take_local(struct fmag_cache *cache)
{
	fmag_hpa_t frame = cache->front.ops->pop(&cache->front);

	return frame != FMAG_HPA_NONE ? frame : take_back_one(cache);
}

/* *none says that there was no frame at an instant inside the try. */
static fmag_hpa_t try_once(
	struct fmag_cache *cache, enum fmag_reach reach, bool *none)
{
	struct moves before, after;
	fmag_hpa_t frame = look(cache, reach, &before);

	*none = false;
	if (frame == FMAG_HPA_NONE)
		frame = take_local(cache);
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = fmag_refill_alloc(cache);
	if (frame != FMAG_HPA_NONE)
		return frame;
	frame = look(cache, reach, &after);
	*none = nothing_moved(&before, &after);
	return frame;
}

fmag_hpa_t fmag_search_alloc(struct fmag_cache *cache, enum fmag_reach reach)
{
	fmag_hpa_t frame;
	bool none;

	do
		frame = try_once(cache, reach, &none);
	while (frame == FMAG_HPA_NONE && !none);
	return frame;
}

fmag_hpa_t fmag_search_look(struct fmag_cache *cache, uint64_t *moves)
{
	struct moves seen;
	fmag_hpa_t frame = look(cache, FMAG_REACH_CACHED, &seen);

	*moves = seen.magazines + seen.slots;
	return frame != FMAG_HPA_NONE ? frame : take_local(cache);
}
