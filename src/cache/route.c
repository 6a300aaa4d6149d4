/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An alloc, step by step (its front has missed already):
 *   1 local   the CPU's previous magazine, if it has frames: one for the caller,
 *             and the two change places
 *   2 depot   a magazine with frames: likewise, and the previous one goes there
 *     nodes   where there are several: such a magazine of the own node's shelf;
 *             else a run of the HAL's that is of that node, as in step 3; else a
 *             magazine of the other nodes' shelves
 *   3 HAL     a run of frames: one for the caller, a magazine of the others
 *   4 others  other CPUs' previous magazines, the first with frames: likewise;
 *             those of the own node's CPUs before the others
 *   5 search  every magazine there is, and the HAL once more: a frame is found,
 *             or there was none at one instant (cache/search.c)
 *   6 ask     those who registered to give frames back (fmag/reclaim.h), one
 *             after the other, and step 5 again
 * A free:
 *   1 local   the previous magazine, if it has room, takes the frame, and the
 *             two change places
 *   2 depot   a magazine with room does, and the previous one goes there, to the
 *             shelf of the node that its frames belong to (cache/home.c)
 *   3 HAL     no room: a run of a full magazine goes to the HAL to make some
 *   4 HAL     no magazine at all: the frame itself goes to the HAL
 *   5 spare   the HAL may not be called here: a magazine kept for that (G6)
 *
 * Where the slot is not to be had (its holder preempted, or this is a handler
 * that interrupted it, or the CPU has none), steps 1 and 2 serve the one frame
 * from the depot directly.
 *
 * A thread stopped for ever on the way withholds one frame at most, and one that
 * it brings to its node: every magazine it may hold is SHARED, where others take
 * from it. A run on its way from or to the HAL counts as inside the HAL's call.
 */
#include "cache/route.h"

#include "base/atomic.h"
#include "cache/evacuate.h"
#include "cache/flush.h"
#include "cache/home.h"
#include "cache/local.h"
#include "cache/node.h"
#include "cache/reclaimers.h"
#include "cache/refill.h"
#include "cache/search.h"
#include "cache/watermark.h"

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

/* Alloc, step 1. */
static fmag_hpa_t alloc_from_previous(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine = fmag_local_take_previous(cache);

	return magazine != NULL ? fmag_local_alloc_from(cache, magazine)
				: FMAG_HPA_NONE;
}

/* Of a node's shelf, or of the others', and what it got meanwhile. */
static struct fmag_magazine *get_frames(
	struct fmag_depot *depot, unsigned node, bool beyond)
{
	return fmag_unlikely(beyond) ? fmag_depot_get_frames(depot, node + 1)
				     : fmag_depot_get_frames_of(depot, node);
}

/* Alloc, step 2. */
static fmag_hpa_t alloc_from_depot(
	struct fmag_cache *cache, unsigned node, bool beyond)
{
	struct fmag_depot *depot = &cache->state->depot;
	fmag_hpa_t frame = FMAG_HPA_NONE;
	struct fmag_magazine *magazine;

	while (frame == FMAG_HPA_NONE &&
		(magazine = get_frames(depot, node, beyond)) != NULL) {
		fmag_magazine_fetch_top(magazine, depot->capacity);
		frame = fmag_local_alloc_from(cache, magazine);
	}
	if (frame != FMAG_HPA_NONE)
		fmag_local_grow(cache);
	return frame;
}

/* Where there are several nodes, and the own one's shelf has nothing. */
static FMAG_COLD fmag_hpa_t alloc_beyond_shelf(
	struct fmag_cache *cache, enum fmag_reach reach, bool local)
{
	int node = fmag_own_node(cache);
	unsigned shelf = fmag_shelf_of(node);
	fmag_hpa_t frame = FMAG_HPA_NONE;

	if (reach == FMAG_REACH_HAL && node != FMAG_NODE_ANY &&
		fmag_host_knows_nodes(&cache->host))
		frame = fmag_refill_alloc_of(cache, node);
	if (frame != FMAG_HPA_NONE)
		return frame;
	return local ? alloc_from_depot(cache, shelf, true)
		     : fmag_depot_take_frame(&cache->state->depot, shelf + 1);
}

static fmag_hpa_t alloc_from_magazines(
	struct fmag_cache *cache, enum fmag_reach reach)
{
	struct fmag_depot *depot = &cache->state->depot;
	bool local = has_slot(cache);
	fmag_hpa_t frame = FMAG_HPA_NONE;
	unsigned shelf;

	if (local)
		frame = alloc_from_previous(cache);
	if (frame != FMAG_HPA_NONE)
		return frame;
	shelf = fmag_own_shelf(cache);
	frame = local ? alloc_from_depot(cache, shelf, false)
		      : fmag_depot_take_frame_of(depot, shelf);
	if (frame == FMAG_HPA_NONE && fmag_unlikely(cache->nodes.count > 1))
		frame = alloc_beyond_shelf(cache, reach, local);
	return frame;
}

FMAG_COLD fmag_hpa_t fmag_route_alloc_near(struct fmag_cache *cache)
{
	fmag_local_answer(cache);
	return alloc_from_magazines(cache, FMAG_REACH_CACHED);
}

/* Alloc, step 4: from CPUs of that node, if it is not FMAG_NODE_ANY. */
static fmag_hpa_t alloc_from_cpus(struct fmag_cache *cache, int node)
{
	const struct fmag_front *front = &cache->front;
	unsigned own = fmag_front_cpu(front), count = front->hot.cpu_count;
	fmag_hpa_t frame = FMAG_HPA_NONE;

	for (unsigned i = 1; i <= count && frame == FMAG_HPA_NONE; i++) {
		unsigned cpu = (own + i) % count;
		struct fmag_magazine *magazine = NULL;

		if (node == FMAG_NODE_ANY ||
			node == fmag_node_of_cpu(cache, cpu))
			magazine = fmag_local_take_previous_of(cache, cpu);
		if (magazine != NULL)
			frame = fmag_local_alloc_from(cache, magazine);
	}
	return frame;
}

static fmag_hpa_t alloc_from_others(struct fmag_cache *cache)
{
	int node = fmag_own_node(cache);
	fmag_hpa_t frame = FMAG_HPA_NONE;

	if (node != FMAG_NODE_ANY)
		frame = alloc_from_cpus(cache, node);
	return frame != FMAG_HPA_NONE ? frame
				      : alloc_from_cpus(cache, FMAG_NODE_ANY);
}

/* Alloc, step 6: each of those who can do without frames is asked once. */
static fmag_hpa_t alloc_from_reclaimers(struct fmag_cache *cache)
{
	size_t wanted = fmag_run_length(cache);
	struct fmag_asking asking = { 0, 0 };
	fmag_hpa_t frame = FMAG_HPA_NONE;

	while (frame == FMAG_HPA_NONE &&
		fmag_reclaimers_ask(cache, wanted, &asking))
		frame = fmag_search_alloc(cache, FMAG_REACH_HAL);
	return frame;
}

FMAG_COLD fmag_hpa_t fmag_route_alloc(
	struct fmag_cache *cache, enum fmag_reach reach)
{
	fmag_hpa_t frame;

	if (!fmag_cache_check_live(cache))
		return FMAG_HPA_NONE;
	fmag_local_answer(cache);
	frame = alloc_from_magazines(cache, reach);
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = fmag_refill_alloc(cache);
	if (frame == FMAG_HPA_NONE)
		frame = alloc_from_others(cache);
	if (frame == FMAG_HPA_NONE)
		frame = fmag_search_alloc(cache, reach);
	if (frame == FMAG_HPA_NONE && reach == FMAG_REACH_HAL)
		frame = alloc_from_reclaimers(cache);
	fmag_watermark_look(cache);
	return frame;
}

/* Free, step 1: a magazine with room that this call holds; NULL: none. */
static struct fmag_magazine *room_in_previous(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine = fmag_local_take_previous(cache);

	if (magazine == NULL || !fmag_local_is_filled(cache, magazine))
		return magazine;
	fmag_home_put(cache, fmag_own_shelf(cache), magazine);
	return NULL;
}

/* Free, steps 2 and 3: likewise. */
static struct fmag_magazine *room_in_depot(struct fmag_cache *cache)
{
	struct fmag_magazine *magazine = fmag_depot_get_room(
		&cache->state->depot, fmag_own_shelf(cache));

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

static struct fmag_magazine *room_for_direct(
	struct fmag_cache *cache, unsigned home)
{
	struct fmag_magazine *magazine =
		fmag_depot_get_top_up(&cache->state->depot, home);

	return magazine != NULL ? magazine : fmag_flush_for_room(cache);
}

/* Free, where there is no slot: into the depot, one frame. */
static void dealloc_direct(struct fmag_cache *cache, fmag_hpa_t frame)
{
	unsigned home = fmag_home_of(cache, fmag_own_shelf(cache), frame);
	struct fmag_magazine *magazine = room_for_direct(cache, home);

	if (magazine == NULL || !fmag_admit(cache, magazine, frame))
		fmag_flush_frame(cache, frame);
	if (magazine != NULL)
		fmag_depot_put(&cache->state->depot, home, magazine);
}

static void dealloc_local(struct fmag_cache *cache, fmag_hpa_t frame)
{
	struct fmag_magazine *magazine = room_in_previous(cache);

	if (magazine == NULL)
		magazine = room_in_depot(cache);
	if (magazine == NULL || !fmag_admit(cache, magazine, frame))
		fmag_flush_frame(cache, frame);
	if (magazine != NULL)
		fmag_local_load(cache, magazine);
}

FMAG_COLD void fmag_route_dealloc(struct fmag_cache *cache, fmag_hpa_t frame)
{
	if (!fmag_cache_check_live(cache))
		return;
	/* Before the first step by which others could find it. */
	if (fmag_unlikely(fmag_cache_is_clean(cache)) &&
		!fmag_cache_clean_or_quarantine(cache, frame))
		return;
	fmag_local_answer(cache);
	fmag_flush_for_spares(cache);
	if (fmag_unlikely(!fmag_is_admitted(cache, frame))) {
		fmag_flush_frame(cache, frame);
		return;
	}
	if (has_slot(cache))
		dealloc_local(cache, frame);
	else
		dealloc_direct(cache, frame);
	fmag_watermark_look(cache);
}
