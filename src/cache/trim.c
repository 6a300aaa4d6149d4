/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trimming: what the depot has too much of, and what nobody used, goes back to
 * the HAL. Each magazine is emptied while this call holds it, SHARED: others may
 * take its frames meanwhile, and a call stopped for ever keeps none of them from
 * anyone but the run that it carries.
 *
 * The same is done to annexes that are caches, after the cache itself: clean
 * frames have cost more than others.
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

/* A trim of `from`, whose frames go to the HAL of `cache`. */
struct trimming {
	struct fmag_cache *cache;
	struct fmag_cache *from;
	size_t left; /* of the budget */
};

/* The cache, then its annexes. */
static void trim_each(
	struct trimming *trimming, void (*trim)(struct trimming *trimming))
{
	const struct fmag_annexes *annexes = &trimming->cache->annexes;

	trimming->from = trimming->cache;
	trim(trimming);
	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		trimming->from = fmag_annexes_cache(annexes, kind);
		if (trimming->from != NULL)
			trim(trimming);
	}
}

/*
 * What is left of the budget, of a magazine that this call holds, which goes to
 * the depot then, to a shelf. False: there is none, or there was more in it, and so
 * another one is of no use.
 */
static bool give(struct trimming *trimming, unsigned shelf,
	struct fmag_magazine *magazine)
{
	bool emptied;

	if (magazine == NULL)
		return false;
	trimming->left -=
		fmag_flush_magazine(trimming->cache, magazine, trimming->left);
	emptied = fmag_magazine_rounds(magazine) == 0;
	fmag_home_put(trimming->from, shelf, magazine);
	return emptied;
}

/* A full magazine of each node. False: there is none, or no more to be given. */
static bool give_of_each_node(struct trimming *trimming)
{
	struct fmag_depot *depot = &trimming->from->state->depot;
	bool gave = false;

	for (unsigned node = 0; node < depot->node_count; node++) {
		if (trimming->left == 0)
			return false;
		gave |= give(
			trimming, node, fmag_depot_get_full_of(depot, node));
	}
	return gave;
}

static void give_full(struct trimming *trimming)
{
	while (give_of_each_node(trimming))
		;
}

/* About those that a trim may give. */
static size_t full_frames(const struct fmag_cache *cache)
{
	const struct fmag_annexes *annexes = &cache->annexes;
	size_t frames = fmag_depot_full_frames(&cache->state->depot);

	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_cache *inner = fmag_annexes_cache(annexes, kind);

		if (inner != NULL)
			frames += fmag_depot_full_frames(&inner->state->depot);
	}
	return frames;
}

size_t fmag_cache_trim(struct fmag_cache *cache, size_t keep, size_t budget)
{
	struct trimming trimming = { .cache = cache };
	size_t full;

	if (!fmag_cache_check_live(cache) || !fmag_host_is_open(&cache->host))
		return 0;
	full = full_frames(cache);
	budget = lesser(budget, full > keep ? full - keep : 0);
	trimming.left = budget;
	trim_each(&trimming, give_full);
	return budget - trimming.left;
}

/* As many magazines of each stack of a shelf. */
static void give_magazines(struct trimming *trimming, unsigned node,
	struct fmag_depot_unused unused)
{
	struct fmag_depot *depot = &trimming->from->state->depot;

	for (; unused.full > 0 && trimming->left > 0; unused.full--) {
		if (!give(trimming, node, fmag_depot_get_full_of(depot, node)))
			break;
	}
	for (; unused.partial > 0 && trimming->left > 0; unused.partial--) {
		if (!give(trimming, node,
			    fmag_depot_get_partial_of(depot, node)))
			break;
	}
}

static void give_unused(struct trimming *trimming)
{
	struct fmag_depot *depot = &trimming->from->state->depot;

	for (unsigned node = 0; node < depot->node_count; node++)
		give_magazines(
			trimming, node, fmag_depot_take_unused(depot, node));
}

/* A magazine that this call took out and put back was not used. */
static void forget_own_use(struct trimming *trimming)
{
	struct fmag_depot *depot = &trimming->from->state->depot;

	for (unsigned node = 0; node < depot->node_count; node++)
		(void)fmag_depot_take_unused(depot, node);
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
static void give_loaded(
	struct trimming *trimming, unsigned cpu, struct fmag_slot *slot)
{
	struct fmag_cache *from = trimming->from;
	struct fmag_magazine *magazine;

	if (may_have_loaded(from, slot) &&
		from->front.ops->detach(&from->front, cpu, &magazine) ==
			FMAG_FRONT_DONE)
		give(trimming, fmag_shelf_of_cpu(from, cpu), magazine);
}

/* Those of CPUs that did nothing since the last call. */
static void give_idle(struct trimming *trimming)
{
	struct fmag_cache *from = trimming->from;

	for (unsigned cpu = 0; cpu < from->front.hot.cpu_count; cpu++) {
		struct fmag_slot *slot = fmag_front_slot(&from->front, cpu);

		if (!did_nothing(slot))
			continue;
		if (trimming->left > 0)
			give(trimming, fmag_shelf_of_cpu(from, cpu),
				fmag_local_take_previous_of(from, cpu));
		if (trimming->left > 0)
			give_loaded(trimming, cpu, slot);
	}
}

static void trim_unused(struct trimming *trimming)
{
	give_unused(trimming);
	give_idle(trimming);
	forget_own_use(trimming);
}

size_t fmag_cache_trim_unused(struct fmag_cache *cache, size_t budget)
{
	struct trimming trimming = { .cache = cache, .left = budget };

	if (!fmag_cache_check_live(cache) || !fmag_host_is_open(&cache->host))
		return 0;
	trim_each(&trimming, trim_unused);
	return budget - trimming.left;
}
