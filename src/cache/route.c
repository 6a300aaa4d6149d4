/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An alloc, step by step (its front has missed already):
 *   1 local   the CPU's previous magazine, if it has frames: one for the caller,
 *             and the two change places
 *   2 depot   a magazine with frames: likewise, and the previous one goes there
 *   3 HAL     a run of frames: one for the caller, a magazine of the others
 *   4 proof   every SHARED magazine, then the own slot, then the HAL once
 *             more: a frame is found, or nothing moved and there was none at
 *             one instant (G4)
 *   5 ask     those who registered to give frames back (fmag/reclaim.h), one
 *             after the other, and step 4 again
 * A free:
 *   1 local   the previous magazine, if it has room, takes the frame, and the
 *             two change places
 *   2 depot   a magazine with room does, and the previous one goes there
 *   3 HAL     no room: a run of a full magazine goes to the HAL to make some
 *   4 HAL     no magazine at all: the frame itself goes to the HAL
 *   5 spare   the HAL may not be called here: a magazine kept for that (G6)
 *
 * Where the slot is not to be had (its holder preempted, or this is a handler
 * that interrupted it, or the CPU has none), steps 1 and 2 serve the one frame
 * from the depot directly.
 *
 * A thread stopped for ever on the way withholds one frame at most: every
 * magazine it may hold is SHARED, where others take from it. A run on its way
 * from or to the HAL counts as inside the HAL's call.
 */
#include "cache/route.h"

#include "base/annotate.h"
#include "base/atomic.h"
#include "cache/flush.h"
#include "cache/local.h"
#include "cache/reclaimers.h"

/* On the owner front the host has promised a CPU in range. */
static void check_cpu(struct fmag_cache *cache)
{
	if (cache->front_kind == FMAG_FRONT_OWNER &&
		fmag_front_cpu(&cache->front) >= cache->front.hot.cpu_count)
		fmag_cache_fault(cache, FMAG_FAULT_BAD_CPU, FMAG_HPA_NONE);
}

static bool has_slot(struct fmag_cache *cache)
{
	if (fmag_likely(cache->front.ops->has_slot(&cache->front)))
		return true;
	fmag_add_relaxed(&cache->state->depot_direct, 1);
	check_cpu(cache);
	return false;
}

/* A frame of a magazine that this call holds, which is loaded then. */
static fmag_hpa_t alloc_and_load(
	struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	fmag_hpa_t frame;

	if (fmag_magazine_take(magazine, &frame, 1) == 1) {
		fmag_local_load(cache, magazine);
		return frame;
	}
	fmag_depot_put(&cache->state->depot, magazine);
	return FMAG_HPA_NONE;
}

/* Alloc, step 1. */
static fmag_hpa_t alloc_from_previous(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine = fmag_local_take_previous(cache);

	return magazine != NULL ? alloc_and_load(cache, magazine)
				: FMAG_HPA_NONE;
}

/* Alloc, step 2. */
static fmag_hpa_t alloc_from_depot(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	fmag_hpa_t frame = FMAG_HPA_NONE;
	struct fmag_magazine *magazine;

	while (frame == FMAG_HPA_NONE &&
		(magazine = fmag_depot_get_frames(depot)) != NULL) {
		fmag_magazine_fetch_top(magazine, depot->capacity);
		frame = alloc_and_load(cache, magazine);
	}
	if (frame != FMAG_HPA_NONE)
		fmag_local_grow(cache);
	return frame;
}

static fmag_hpa_t alloc_from_magazines(struct fmag_cache *cache)
{
	fmag_hpa_t frame;

	if (!has_slot(cache))
		return fmag_depot_take_frame(&cache->state->depot);
	frame = alloc_from_previous(cache);
	return frame != FMAG_HPA_NONE ? frame : alloc_from_depot(cache);
}

/* Keeps what the HAL gave beyond the caller's frame. */
static void keep_run(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine;
	size_t kept = 0;

	while (kept < count &&
		(magazine = fmag_depot_get_room(depot)) != NULL) {
		kept += fmag_magazine_add(
			magazine, depot->capacity, frames + kept, count - kept);
		fmag_local_load(cache, magazine);
	}
	for (; kept < count; kept++)
		fmag_route_dealloc(cache, frames[kept]);
}

/* Alloc, step 3. */
static fmag_hpa_t alloc_from_hal(struct fmag_cache *cache)
{
	fmag_hpa_t run[FMAG_HAL_RUN];
	size_t count, taken;
	uint32_t *mark;

	count = !FMAG_FETCHES_ONE && fmag_depot_has_room(&cache->state->depot)
		? fmag_run_length(cache)
		: 1;
	if (!fmag_host_enter(&cache->host, &mark))
		return FMAG_HPA_NONE;
	taken = fmag_host_take(&cache->host, run, count);
	fmag_host_leave(mark);
	if (taken == 0)
		return FMAG_HPA_NONE;
	keep_run(cache, run + 1, taken - 1);
	fmag_flush_for_spares(cache);
	return run[0];
}

/* Two that are equal: nothing moved between them. Their parts only grow (M3). */
struct moves {
	uint64_t shared; /* of frames in SHARED magazines, and of magazines */
	uint64_t own;    /* into the own slot */
	/*
	 * That slot's magazine, and its moves: where it was exchanged for one
	 * with as many, by a call that stopped before it made the old one
	 * SHARED. The claim front's are in `own`.
	 */
	const struct fmag_magazine *loaded;
	uint64_t of_loaded;
};

static bool nothing_moved(const struct moves *before, const struct moves *after)
{
	return before->shared == after->shared && before->own == after->own &&
		before->loaded == after->loaded &&
		before->of_loaded == after->of_loaded;
}

static void look_at_loaded(
	struct fmag_cache *cache, unsigned cpu, struct moves *moves)
{
	const struct fmag_slot *slot = fmag_front_slot(&cache->front, cpu);

	moves->loaded = NULL;
	moves->of_loaded = 0;
	if (slot == NULL)
		return;
	moves->loaded = fmag_load_acquire(&slot->loaded);
	moves->of_loaded =
		fmag_word_moves(fmag_load_acquire(&moves->loaded->word));
}

/*
 * Alloc, step 4: one look at everything this call can reach. A frame, or NONE
 * and what had moved up to then.
 */
static fmag_hpa_t look(
	struct fmag_cache *cache, unsigned cpu, struct moves *moves)
{
	fmag_hpa_t frame =
		fmag_depot_sweep(&cache->state->depot, &moves->shared);

	moves->own = cache->front.ops->moves(&cache->front, cpu);
	look_at_loaded(cache, cpu, moves);
	return frame;
}

/*
 * The own slot's frame. *reached: where there is none, the slot was empty, or
 * in the hands of a call that has not returned. Otherwise it is closed now, and
 * its magazine where the next look finds it.
 */
static fmag_hpa_t pop_own(struct fmag_cache *cache, unsigned cpu, bool *reached)
{
	const struct fmag_front_ops *ops = cache->front.ops;
	struct fmag_magazine *magazine;
	fmag_hpa_t frame;

	*reached =
		ops->pop_on(&cache->front, cpu, &frame) != FMAG_FRONT_ELSEWHERE;
	if (!*reached &&
		ops->detach(&cache->front, cpu, &magazine) == FMAG_FRONT_DONE &&
		magazine != NULL)
		fmag_depot_put(&cache->state->depot, magazine);
	return frame;
}

/*
 * Makes SHARED what stopped calls have left between a slot and a stack. Before
 * the last look: that another call does it counts as a move, too.
 */
static void free_transits(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;

	for (unsigned i = 0; i < depot->magazine_count; i++) {
		struct fmag_magazine *magazine = fmag_depot_magazine(depot, i);
		uint64_t word = fmag_load_relaxed(&magazine->word);

		if (fmag_word_is_local(word) && fmag_word_rounds(word) > 0)
			cache->front.ops->free_transit(&cache->front, magazine);
	}
}

/*
 * One try; *none says that there was no frame at an instant inside it. What a
 * holder of the slot had in its hands then was a call's that had not returned.
 */
static fmag_hpa_t search(
	struct fmag_cache *cache, enum fmag_reach reach, bool *none)
{
	unsigned cpu = fmag_front_cpu(&cache->front);
	struct moves before, after;
	fmag_hpa_t frame;
	bool reached;

	*none = false;
	frame = look(cache, cpu, &before);
	if (frame == FMAG_HPA_NONE) {
		frame = pop_own(cache, cpu, &reached);
		if (frame == FMAG_HPA_NONE && !reached)
			return FMAG_HPA_NONE;
	}
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = alloc_from_hal(cache);
	if (frame != FMAG_HPA_NONE)
		return frame;
	free_transits(cache);
	frame = look(cache, cpu, &after);
	*none = nothing_moved(&before, &after);
	return frame;
}

/*
 * On the owner front: others give up what they work from when they miss, or are
 * poked; not for this alloc, which waits for nobody, but for the next.
 */
static void ask_others(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine;

	if (cache->front_kind != FMAG_FRONT_OWNER)
		return;
	for (unsigned cpu = 0; cpu < cache->front.hot.cpu_count; cpu++) {
		const struct fmag_slot *slot =
			fmag_front_slot(&cache->front, cpu);

		if (fmag_magazine_rounds(fmag_load_acquire(&slot->loaded)) >
				0 &&
			cache->front.ops->detach(&cache->front, cpu,
				&magazine) == FMAG_FRONT_DONE &&
			magazine != NULL)
			fmag_depot_put(&cache->state->depot, magazine);
	}
}

/* Alloc, step 4. Repeats only when another call has moved a frame. */
static fmag_hpa_t alloc_or_prove_none(
	struct fmag_cache *cache, enum fmag_reach reach)
{
	fmag_hpa_t frame;
	bool none;

	do
		frame = search(cache, reach, &none);
	while (frame == FMAG_HPA_NONE && !none);
	if (frame == FMAG_HPA_NONE)
		ask_others(cache);
	return frame;
}

/* Alloc, step 5: each of those who can do without frames is asked once. */
static fmag_hpa_t alloc_from_reclaimers(struct fmag_cache *cache)
{
	size_t wanted = fmag_run_length(cache);
	struct fmag_asking asking = { 0, 0 };
	fmag_hpa_t frame = FMAG_HPA_NONE;

	while (frame == FMAG_HPA_NONE &&
		fmag_reclaimers_ask(cache, wanted, &asking))
		frame = alloc_or_prove_none(cache, FMAG_REACH_HAL);
	return frame;
}

FMAG_COLD fmag_hpa_t fmag_route_alloc(
	struct fmag_cache *cache, enum fmag_reach reach)
{
	fmag_hpa_t frame;

	if (!fmag_cache_check_live(cache))
		return FMAG_HPA_NONE;
	fmag_local_answer(cache);
	frame = alloc_from_magazines(cache);
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = alloc_from_hal(cache);
	if (frame == FMAG_HPA_NONE)
		frame = alloc_or_prove_none(cache, reach);
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = alloc_from_reclaimers(cache);
	return frame;
}

/* Free, step 5. */
static void dealloc_to_spare(struct fmag_cache *cache, fmag_hpa_t frame)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine = fmag_depot_get_spare(depot);

	if (magazine != NULL) {
		fmag_magazine_add(magazine, depot->capacity, &frame, 1);
		fmag_depot_put(depot, magazine);
		return;
	}
	fmag_add_relaxed(&cache->state->quarantined, 1);
	fmag_cache_fault(cache, FMAG_FAULT_NO_ROOM, frame);
}

/* Free, step 1: a magazine with room that this call holds; NULL: none. */
static struct fmag_magazine *room_in_previous(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine = fmag_local_take_previous(cache);

	if (magazine == NULL || !fmag_local_is_filled(cache, magazine))
		return magazine;
	fmag_depot_put(&cache->state->depot, magazine);
	return NULL;
}

/* Free, steps 2 and 3: likewise. */
static struct fmag_magazine *room_in_depot(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine =
		fmag_depot_get_room(&cache->state->depot);

	if (magazine == NULL)
		magazine = fmag_flush_for_room(cache);
	if (magazine != NULL) {
		fmag_magazine_fetch_room(magazine,
			cache->state->depot.capacity -
				fmag_magazine_rounds(magazine));
		fmag_local_grow(cache);
	}
	return magazine;
}

static struct fmag_magazine *room_for_direct(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine =
		fmag_depot_get_top_up(&cache->state->depot);

	return magazine != NULL ? magazine : fmag_flush_for_room(cache);
}

FMAG_COLD void fmag_route_dealloc(struct fmag_cache *cache, fmag_hpa_t frame)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine = NULL;
	bool local;

	if (!fmag_cache_check_live(cache))
		return;
	fmag_local_answer(cache);
	fmag_flush_for_spares(cache);
	local = has_slot(cache);
	if (local)
		magazine = room_in_previous(cache);
	if (magazine == NULL)
		magazine =
			local ? room_in_depot(cache) : room_for_direct(cache);
	if (magazine == NULL) {
		if (!fmag_flush_frame(cache, frame))
			dealloc_to_spare(cache, frame);
		return;
	}
	fmag_magazine_add(magazine, depot->capacity, &frame, 1);
	if (local)
		fmag_local_load(cache, magazine);
	else
		fmag_depot_put(depot, magazine);
}
