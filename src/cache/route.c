/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An alloc, step by step (its front has missed already):
 *   1 depot   a magazine with frames: one for the caller, the magazine into
 *             the CPU's slot
 *   2 HAL     a run of frames: one for the caller, the others likewise
 *   3 proof   every magazine that is in no slot, then the own slot, then the
 *             HAL once more: a frame is found, or nothing moved and there was
 *             none at one instant (G4)
 * A free:
 *   1 depot   a magazine with room takes the frame, then goes into the slot
 *   2 HAL     no room: a run of a full magazine goes to the HAL to make some
 *   3 HAL     no magazine at all: the frame itself goes to the HAL
 *   4 spare   the HAL may not be called here: a magazine kept for that (G6)
 *
 * Where the slot is not to be had (its holder preempted, or this is a handler
 * that interrupted it, or the CPU has none), step 1 serves the one frame from
 * the depot directly.
 *
 * A thread stopped for ever on the way withholds one frame at most: every
 * magazine it may hold is SHARED, where others take from it. A run on its way
 * from or to the HAL counts as inside the HAL's call.
 */
#include "cache/route.h"

#include "base/annotate.h"
#include "base/atomic.h"
#include "cache/flush.h"

/* Puts a magazine that this call holds into its CPU's slot, or the depot. */
static void place(struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *displaced;

	if (cache->front.ops->install(&cache->front, magazine, &displaced) !=
		FMAG_FRONT_DONE) {
		fmag_depot_put(depot, magazine);
		return;
	}
	fmag_add_relaxed(&cache->state->depot_takes, 1);
	if (displaced != NULL)
		fmag_depot_put(depot, displaced);
}

static bool slot_is_open(struct fmag_cache *cache)
{
	if (fmag_likely(cache->front.ops->is_open(&cache->front)))
		return true;
	fmag_add_relaxed(&cache->state->depot_direct, 1);
	return false;
}

/* Alloc, step 1. */
static fmag_hpa_t alloc_from_depot(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine;
	fmag_hpa_t frame;

	if (!slot_is_open(cache))
		return fmag_depot_take_frame(depot);
	while ((magazine = fmag_depot_get_frames(depot)) != NULL) {
		if (fmag_magazine_take(magazine, &frame, 1) == 1) {
			place(cache, magazine);
			return frame;
		}
		fmag_depot_put(depot, magazine);
	}
	return FMAG_HPA_NONE;
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
		place(cache, magazine);
	}
	for (; kept < count; kept++)
		fmag_route_dealloc(cache, frames[kept]);
}

/* Alloc, step 2. */
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

/*
 * Alloc, step 3: one look at everything this call can reach. A frame, or NONE
 * and a sum that two looks have in common only if nothing moved between them:
 * all its parts only grow (M3).
 */
static fmag_hpa_t look(struct fmag_cache *cache, unsigned cpu, uint64_t *moves)
{
	fmag_hpa_t frame = fmag_depot_sweep(&cache->state->depot, moves);

	if (cpu < cache->front.cpu_count)
		*moves += cache->front.ops->moves(&cache->front, cpu);
	return frame;
}

/*
 * One try; *none says that there was no frame at an instant inside it. What a
 * holder of the slot had in its hands then was a call's that had not returned.
 */
static fmag_hpa_t search(
	struct fmag_cache *cache, enum fmag_reach reach, bool *none)
{
	unsigned cpu = fmag_front_cpu(&cache->front);
	uint64_t before, after;
	fmag_hpa_t frame;

	*none = false;
	frame = look(cache, cpu, &before);
	if (frame == FMAG_HPA_NONE)
		cache->front.ops->pop_on(&cache->front, cpu, &frame);
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = alloc_from_hal(cache);
	if (frame != FMAG_HPA_NONE)
		return frame;
	frame = look(cache, cpu, &after);
	*none = before == after;
	return frame;
}

/* Alloc, step 3. Repeats only when another call has moved a frame. */
static fmag_hpa_t alloc_or_prove_none(
	struct fmag_cache *cache, enum fmag_reach reach)
{
	fmag_hpa_t frame;
	bool none;

	do
		frame = search(cache, reach, &none);
	while (frame == FMAG_HPA_NONE && !none);
	return frame;
}

FMAG_COLD fmag_hpa_t fmag_route_alloc(
	struct fmag_cache *cache, enum fmag_reach reach)
{
	fmag_hpa_t frame;

	if (!fmag_cache_check_live(cache))
		return FMAG_HPA_NONE;
	frame = alloc_from_depot(cache);
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = alloc_from_hal(cache);
	if (frame == FMAG_HPA_NONE)
		frame = alloc_or_prove_none(cache, reach);
	return frame;
}

/* Free, step 4. */
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

FMAG_COLD void fmag_route_dealloc(struct fmag_cache *cache, fmag_hpa_t frame)
{
	struct fmag_depot *depot = &cache->state->depot;
	struct fmag_magazine *magazine;
	bool open;

	if (!fmag_cache_check_live(cache))
		return;
	fmag_flush_for_spares(cache);
	open = slot_is_open(cache);
	magazine = open ? fmag_depot_get_room(depot)
			: fmag_depot_get_top_up(depot);
	if (magazine == NULL)
		magazine = fmag_flush_for_room(cache);
	if (magazine == NULL) {
		if (!fmag_flush_frame(cache, frame))
			dealloc_to_spare(cache, frame);
		return;
	}
	fmag_magazine_add(magazine, depot->capacity, &frame, 1);
	if (open)
		place(cache, magazine);
	else
		fmag_depot_put(depot, magazine);
}
