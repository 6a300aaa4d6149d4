/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trimming: what the depot has too much of, and what nobody used, goes back to
 * the HAL. Each magazine is emptied while this call holds it, SHARED: others may
 * take its frames meanwhile, and a call stopped for ever keeps none of them from
 * anyone but the run that it carries.
 *
 * The working set (Bonwick and Adams 2001): as many magazines as lay on a stack
 * all the time since the last look were not needed (depot/level.h). Likewise a
 * CPU: where its slot is as it was seen then, it did nothing.
 *
 * Ordering:
 *   seen                relaxed   a hint; a CPU that is taken for idle by
 *                                 mistake takes its frames from the depot again
 *   slot's loaded load  acquire   before the load of the magazine's word
 *   loaded's word load,
 *   claim.word load     relaxed   numbers among those that are compared
 *   previous load       relaxed   likewise
 */
#include "base/atomic.h"
#include "cache/cache.h"
#include "cache/flush.h"
#include "cache/home.h"
#include "cache/local.h"
#include "cache/node.h"

static size_t lesser(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Up to *budget frames of a magazine that this call holds, which goes to the
 * depot then, to a shelf. False: there is none, or there was more in it, and so another one
 * is of no use.
 */
static bool give(struct fmag_cache *cache, unsigned shelf,
	struct fmag_magazine *magazine, size_t *budget)
{
	bool emptied;

	if (magazine == NULL)
		return false;
	*budget -= fmag_flush_magazine(cache, magazine, *budget);
	emptied = fmag_magazine_rounds(magazine) == 0;
	fmag_home_put(cache, shelf, magazine);
	return emptied;
}

/* A full magazine of each node. False: there is none, or no more to be given. */
static bool give_of_each_node(struct fmag_cache *cache, size_t *budget)
{
	struct fmag_depot *depot = &cache->state->depot;
	bool gave = false;

	for (unsigned node = 0; node<cache->nodes.count && * budget> 0; node++)
		gave |= give(cache, node, fmag_depot_get_full_of(depot, node),
			budget);
	return gave;
}

size_t fmag_cache_trim(struct fmag_cache *cache, size_t keep, size_t budget)
{
	size_t full, left;

	if (!fmag_cache_check_live(cache) || !fmag_host_is_open(&cache->host))
		return 0;
	full = fmag_depot_full_frames(&cache->state->depot);
	budget = lesser(budget, full > keep ? full - keep : 0);
	left = budget;
	while (give_of_each_node(cache, &left))
		;
	return budget - left;
}

/* As many magazines of each stack of a shelf. */
static void give_magazines(struct fmag_cache *cache, unsigned node,
	struct fmag_depot_unused unused, size_t *budget)
{
	struct fmag_depot *depot = &cache->state->depot;

	for (; unused.full > 0 && *budget > 0; unused.full--) {
		if (!give(cache, node, fmag_depot_get_full_of(depot, node),
			    budget))
			break;
	}
	for (; unused.partial > 0 && *budget > 0; unused.partial--) {
		if (!give(cache, node, fmag_depot_get_partial_of(depot, node),
			    budget))
			break;
	}
}

static void give_unused(struct fmag_cache *cache, size_t *budget)
{
	struct fmag_depot *depot = &cache->state->depot;

	for (unsigned node = 0; node < cache->nodes.count; node++)
		give_magazines(cache, node, fmag_depot_take_unused(depot, node),
			budget);
}

/* A magazine that this call took out and put back was not used. */
static void forget_own_use(struct fmag_cache *cache)
{
	for (unsigned node = 0; node < cache->nodes.count; node++)
		(void)fmag_depot_take_unused(&cache->state->depot, node);
}

/*
 * A number that another one follows with whatever the CPU does: on the claim
 * front its slot's changes, on the others what it works from. Two that are equal
 * by chance are taken for a CPU that did nothing.
 */
static uint64_t look_at(struct fmag_slot *slot)
{
	struct fmag_magazine *loaded = fmag_load_acquire(&slot->loaded);
	uint64_t seen = fmag_load_relaxed(&slot->claim.word);

	seen = seen * 31 + fmag_load_relaxed(&loaded->word);
	seen = seen * 31 + (uintptr_t)loaded;
	return seen * 31 + (uintptr_t)fmag_load_relaxed(&slot->previous);
}

/* The same as at the last call; otherwise it is noted for the next one. */
static bool did_nothing(struct fmag_slot *slot)
{
	uint64_t seen = look_at(slot);

	if (seen == fmag_load_relaxed(&slot->seen))
		return true;
	fmag_store_relaxed(&slot->seen, seen);
	return false;
}

/* False where the CPU has surely none: it is not to be interrupted for that. */
static bool may_have_loaded(
	const struct fmag_cache *cache, struct fmag_slot *slot)
{
	if (cache->front_kind == FMAG_FRONT_CLAIM)
		return true; /* only a holder knows; to be one costs little */
	return fmag_magazine_rounds(fmag_load_acquire(&slot->loaded)) > 0;
}

/* A CPU that must not be interrupted is asked; or another trim was here. */
static void give_loaded(struct fmag_cache *cache, unsigned cpu,
	struct fmag_slot *slot, size_t *budget)
{
	struct fmag_magazine *magazine;

	if (may_have_loaded(cache, slot) &&
		cache->front.ops->detach(&cache->front, cpu, &magazine) ==
			FMAG_FRONT_DONE)
		give(cache, fmag_shelf_of_cpu(cache, cpu), magazine, budget);
}

/* Those of CPUs that did nothing since the last call. */
static void give_idle(struct fmag_cache *cache, size_t *budget)
{
	for (unsigned cpu = 0; cpu < cache->front.hot.cpu_count; cpu++) {
		struct fmag_slot *slot = fmag_front_slot(&cache->front, cpu);

		if (!did_nothing(slot))
			continue;
		if (*budget > 0)
			give(cache, fmag_shelf_of_cpu(cache, cpu),
				fmag_local_take_previous_of(cache, cpu),
				budget);
		if (*budget > 0)
			give_loaded(cache, cpu, slot, budget);
	}
}

size_t fmag_cache_trim_unused(struct fmag_cache *cache, size_t budget)
{
	size_t left = budget;

	if (!fmag_cache_check_live(cache) || !fmag_host_is_open(&cache->host))
		return 0;
	give_unused(cache, &left);
	give_idle(cache, &left);
	forget_own_use(cache);
	return budget - left;
}
