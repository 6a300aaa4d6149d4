/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Draining: a CPU's magazines into the depot, the depot's into the HAL.
 *
 * A whole cache is gone through once, and each magazine is emptied of what it
 * had when it was come to; so a drain ends, however fast others fill:
 *   1 the depot's full and partial magazines
 *   2 each CPU that has frames: its magazines go to the depot, and step 1 again
 *   3 the table: SHARED magazines in the hands of calls that stopped, emptied
 *     in place, and LOCAL ones that such calls have left in no slot
 * The same is done to annexes that are caches; what is free in others comes into
 * this one at last, and steps 1 and 2 again.
 * A drain that is stopped for ever holds a SHARED magazine, from which others
 * take, and the run that it carries counts as inside the HAL's call.
 *
 * Ordering:
 *   loaded load         acquire   a look from another CPU, at whether there is
 *                                 anything to take away
 */
#include "cache/drain.h"

#include <fmag/reclaim.h>

#include "base/atomic.h"
#include "cache/flush.h"
#include "cache/home.h"
#include "cache/local.h"
#include "cache/node.h"

static void drain_previous(struct fmag_cache *cache, unsigned cpu)
{
	struct fmag_magazine *magazine =
		fmag_local_take_previous_of(cache, cpu);

	if (magazine != NULL)
		fmag_home_put(cache, fmag_shelf_of_cpu(cache, cpu), magazine);
}

/* The claim front's is in its holder's hands. */
static bool is_closed(
	const struct fmag_cache *cache, const struct fmag_slot *slot)
{
	return cache->front_kind != FMAG_FRONT_CLAIM &&
		fmag_front_real(&cache->front,
			fmag_load_acquire(&slot->loaded)) == NULL;
}

static enum fmag_status drain_loaded(
	struct fmag_cache *cache, struct fmag_slot *slot, unsigned cpu)
{
	struct fmag_front *front = &cache->front;
	struct fmag_magazine *magazine;

	if (is_closed(cache, slot))
		return FMAG_OK;
	if (front->ops->detach(front, cpu, &magazine) != FMAG_FRONT_DONE)
		return cache->front_kind == FMAG_FRONT_RSEQ &&
				!front->ops->reaches_loaded(front)
			? FMAG_ERR_UNSUPPORTED
			: FMAG_ERR_BUSY;
	if (magazine != NULL)
		fmag_home_put(cache, fmag_shelf_of_cpu(cache, cpu), magazine);
	return FMAG_OK;
}

/*
 * First the previous one, without which the CPU goes on undisturbed; and once
 * more, since it may have exchanged the two in between.
 */
enum fmag_status fmag_drain_cpu(struct fmag_cache *cache, unsigned cpu)
{
	struct fmag_slot *slot = fmag_front_slot(&cache->front, cpu);
	enum fmag_status status;

	if (slot == NULL)
		return FMAG_ERR_INVALID;
	drain_previous(cache, cpu);
	status = drain_loaded(cache, slot, cpu);
	drain_previous(cache, cpu);
	return status;
}

static enum fmag_status drain_cpu_of_annex(
	struct fmag_annex *annex, unsigned cpu)
{
	if (annex->cache != NULL)
		return fmag_drain_cpu(annex->cache, cpu);
	return annex->ops->drain_cpu != NULL ? annex->ops->drain_cpu(annex, cpu)
					     : FMAG_OK;
}

enum fmag_status fmag_cpu_drain(struct fmag_cache *cache, unsigned cpu)
{
	enum fmag_status status, annex_status;

	if (!fmag_cache_check_live(cache))
		return FMAG_ERR_INVALID;
	status = fmag_drain_cpu(cache, cpu);
	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_annex *annex =
			fmag_annexes_get(&cache->annexes, kind);

		if (annex == NULL)
			continue;
		annex_status = drain_cpu_of_annex(annex, cpu);
		if (status == FMAG_OK)
			status = annex_status;
	}
	return status;
}

/* A drain of `from`, whose frames go to the HAL of `cache`. */
struct draining {
	struct fmag_cache *cache;
	struct fmag_cache *from;
	size_t left; /* of the budget */
};

/* These are false where a drain is to stop: there is no budget left, or the HAL
 * may not be called. */

/* Of a magazine, in place or held. */
static bool empty(struct draining *draining, struct fmag_magazine *magazine)
{
	draining->left -=
		fmag_flush_magazine(draining->cache, magazine, draining->left);
	return draining->left > 0 && fmag_host_is_open(&draining->cache->host);
}

/* At most as many magazines as there are: others may bring them back. */
static bool empty_shelf(struct draining *draining, unsigned node)
{
	struct fmag_depot *depot = &draining->from->state->depot;
	bool goes_on = draining->left > 0;

	for (unsigned i = 0; goes_on && i < depot->magazine_count; i++) {
		struct fmag_magazine *magazine =
			fmag_depot_get_frames_of(depot, node);

		if (magazine == NULL)
			break;
		goes_on = empty(draining, magazine);
		fmag_depot_put(depot, node, magazine);
	}
	return goes_on;
}

static bool empty_depot(struct draining *draining)
{
	bool goes_on = true;

	for (unsigned node = 0; goes_on && node < draining->from->nodes.count;
		node++)
		goes_on = empty_shelf(draining, node);
	return goes_on;
}

/* A CPU without frames need not be interrupted. */
static bool may_have_frames(const struct fmag_cache *cache, unsigned cpu)
{
	const struct fmag_slot *slot = fmag_front_slot(&cache->front, cpu);

	return cache->front_kind == FMAG_FRONT_CLAIM ||
		fmag_load_relaxed(&slot->previous) != NULL ||
		fmag_magazine_rounds(fmag_load_acquire(&slot->loaded)) > 0;
}

static bool empty_cpus(struct draining *draining)
{
	struct fmag_cache *from = draining->from;
	bool goes_on = true;

	for (unsigned cpu = 0; goes_on && cpu < from->front.hot.cpu_count;
		cpu++) {
		if (!may_have_frames(from, cpu))
			continue;
		fmag_drain_cpu(from, cpu);
		goes_on = empty_depot(draining);
	}
	return goes_on;
}

static bool empty_in_place(
	struct draining *draining, struct fmag_magazine *magazine)
{
	struct fmag_cache *from = draining->from;
	uint64_t word = fmag_load_relaxed(&magazine->word);

	if (fmag_word_rounds(word) == 0)
		return true;
	if (fmag_word_is_local(word) &&
		from->front.ops->take_back(&from->front, magazine) ==
			FMAG_FRONT_DONE)
		fmag_home_put_back(from, magazine);
	return empty(draining, magazine);
}

static bool empty_table(struct draining *draining)
{
	struct fmag_depot *depot = &draining->from->state->depot;
	bool goes_on = true;

	for (unsigned i = 0; goes_on && i < depot->magazine_count; i++)
		goes_on =
			empty_in_place(draining, fmag_depot_magazine(depot, i));
	return goes_on;
}

static bool empty_all(struct draining *draining, struct fmag_cache *from)
{
	draining->from = from;
	return empty_depot(draining) && empty_cpus(draining) &&
		empty_table(draining);
}

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * What is free there now, a run at a time: into the cache, which has room for one
 * by now, so that it gives no others to the HAL instead, and on from there.
 */
static void empty_annexes(struct draining *draining)
{
	struct fmag_cache *cache = draining->cache;
	const struct fmag_annexes *annexes = &cache->annexes;
	struct fmag_cache_stats stats = { 0 };
	size_t run = fmag_run_length(cache), some;
	bool goes_on = true;

	draining->from = cache;
	fmag_annexes_count(annexes, &stats);
	for (size_t waiting = stats.frames_retired; goes_on && waiting > 0;
		waiting -= lesser(some, waiting)) {
		some = fmag_annexes_drain(
			annexes, lesser(draining->left, lesser(run, waiting)));
		goes_on = some > 0 && empty_depot(draining) &&
			empty_cpus(draining);
	}
}

size_t fmag_cache_drain(struct fmag_cache *cache, size_t budget)
{
	const struct fmag_annexes *annexes = &cache->annexes;
	struct draining draining = { .cache = cache, .left = budget };
	bool goes_on;

	if (!fmag_cache_check_live(cache) || !fmag_host_is_open(&cache->host))
		return 0;
	goes_on = empty_all(&draining, cache);
	for (unsigned kind = 0; goes_on && kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_cache *inner = fmag_annexes_cache(annexes, kind);

		if (inner != NULL)
			goes_on = empty_all(&draining, inner);
	}
	if (goes_on)
		empty_annexes(&draining);
	return budget - draining.left;
}
