/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordering:
 *   clean store   release   what the clean cache is made of comes before it;
 *                           partner of the load in cache/zeroed.c
 */
#include "clean/clean.h"

#include <string.h>

#include "base/atomic.h"
#include "base/bits.h"
#include "cache/evacuate.h"
#include "cache/home.h"
#include "cache/node.h"
#include "cache/search.h"

/* The first layout ends with dirty_min. */
#define FIRST_LAYOUT sizeof(struct fmag_clean_config)

/* The clean cache's HAL: the cache, which gives it nothing. */

static fmag_hpa_t no_frame(void *ctx)
{
	(void)ctx;
	return FMAG_HPA_NONE;
}

static void to_cache(void *ctx, fmag_hpa_t paddr)
{
	fmag_dealloc_frame(ctx, paddr);
}

static void many_to_cache(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	fmag_dealloc_frames(ctx, frames, count);
}

static void *caches_phys_to_virt(void *ctx, fmag_hpa_t paddr)
{
	return fmag_phys_to_virt(ctx, paddr);
}

static fmag_hpa_t caches_virt_to_phys(void *ctx, const void *vaddr)
{
	return fmag_virt_to_phys(ctx, vaddr);
}

static const struct fmag_hal_ops to_cache_ops = {
	.struct_size = sizeof(struct fmag_hal_ops),
	.alloc_frame = no_frame,
	.dealloc_frame = to_cache,
	.phys_to_virt = caches_phys_to_virt,
	.virt_to_phys = caches_virt_to_phys,
	.dealloc_frames = many_to_cache,
};

/* The annex. */

static fmag_hpa_t look(struct fmag_annex *annex, uint64_t *moves)
{
	return fmag_search_look(annex->cache, moves);
}

static void count(
	const struct fmag_annex *annex, struct fmag_cache_stats *stats)
{
	struct fmag_cache_stats clean;

	fmag_cache_get_stats(annex->cache, &clean);
	stats->frames_cached += clean.frames_cached;
	stats->reclaims += clean.reclaims;
	stats->interrupts += clean.interrupts;
	stats->metadata_bytes += clean.metadata_bytes;
}

static size_t keep_zeroed(
	struct fmag_annex *annex, const fmag_hpa_t *frames, size_t count)
{
	struct fmag_clean *clean =
		fmag_container_of(annex, struct fmag_clean, annex);
	struct fmag_cache *to = annex->cache;
	unsigned shelf = fmag_own_shelf(to);
	size_t kept = 0, some;

	count = fmag_clean_room(clean, count);
	do {
		struct fmag_magazine *magazine =
			fmag_depot_get_top_up(&to->state->depot, shelf);

		if (magazine == NULL)
			break;
		some = fmag_admit_many(
			to, magazine, frames + kept, count - kept);
		kept += some;
		fmag_home_put(to, shelf, magazine);
	} while (some > 0 && kept < count);
	return kept;
}

static void end(struct fmag_annex *annex)
{
	fmag_clean_end(fmag_container_of(annex, struct fmag_clean, annex));
}

static const struct fmag_annex_ops annex_ops = {
	.look = look,
	.count = count,
	.end = end,
	.keep_zeroed = keep_zeroed,
};

/* Its making. */

/* So that one CPU does not take all that are to be clean, and they have room. */
static unsigned default_rounds(const struct fmag_cache *cache,
	size_t frames_max, unsigned magazine_count)
{
	size_t share = frames_max / cache->front.hot.cpu_count;
	size_t least = frames_max / magazine_count + 1;

	if (share < least)
		share = least;
	if (share >= FMAG_DEFAULT_CLEAN_ROUNDS)
		return FMAG_DEFAULT_CLEAN_ROUNDS;
	return share > FMAG_DEFAULT_MAGAZINE_ROUNDS_MIN
		? (unsigned)share
		: FMAG_DEFAULT_MAGAZINE_ROUNDS_MIN;
}

enum fmag_status fmag_clean_resolve(struct fmag_clean_config *resolved,
	const struct fmag_clean_config *config, struct fmag_cache *cache)
{
	*resolved = (struct fmag_clean_config){ 0 };
	if (config != NULL && config->struct_size != 0 &&
		config->struct_size < FIRST_LAYOUT)
		return FMAG_ERR_INVALID;
	if (config != NULL)
		memcpy(resolved, config, FIRST_LAYOUT);
	if (resolved->frames_max == 0)
		resolved->frames_max = SIZE_MAX;
	if (resolved->magazine_count == 0)
		resolved->magazine_count =
			FMAG_DEFAULT_CLEAN_MAGAZINES_PER_CPU *
			cache->front.hot.cpu_count;
	if (resolved->magazine_rounds == 0)
		resolved->magazine_rounds = default_rounds(
			cache, resolved->frames_max, resolved->magazine_count);
	if (resolved->magazine_rounds > FMAG_MAX_MAGAZINE_ROUNDS ||
		resolved->magazine_count > FMAG_MAX_MAGAZINES ||
		!fmag_cache_check_live(cache))
		return FMAG_ERR_INVALID;
	if (cache->clean == cache)
		return FMAG_ERR_UNSUPPORTED;
	return fmag_clean_of(cache) != NULL ? FMAG_ERR_BUSY : FMAG_OK;
}

size_t fmag_clean_storage_size(
	const struct fmag_cache *cache, const struct fmag_clean_config *config)
{
	return FMAG_CLEAN_STORAGE_SIZE(cache->front.hot.cpu_count,
		config->magazine_count, config->magazine_rounds,
		cache->nodes.count);
}

static struct fmag_config clean_caches_config(
	const struct fmag_cache *cache, const struct fmag_clean_config *config)
{
	return (struct fmag_config){
		.cpu_count = cache->front.hot.cpu_count,
		.magazine_rounds = config->magazine_rounds,
		.magazine_rounds_min = config->magazine_rounds,
		.magazine_count = config->magazine_count,
		.front = cache->front_kind,
		.current_cpu = cache->front.current_cpu,
		.on_fault = cache->host.faults.on_fault,
		.hook_ctx = cache->front.hook_ctx,
		.mask = cache->front.mask,
		.unmask = cache->front.unmask,
		.poke_cpu = cache->front.poke_cpu,
		.node_count = cache->nodes.count,
		.node_of_frame = cache->nodes.of_frame,
	};
}

static struct fmag_platform clean_caches_platform(
	const struct fmag_cache *cache)
{
	struct fmag_platform platform = {
		.rseq_offset = cache->front.hot.rseq_offset,
		.barrier = cache->front.barrier,
	};

	for (unsigned cpu = 0; cpu < cache->front.hot.cpu_count; cpu++) {
		if (fmag_front_slot(&cache->front, cpu)->is_isolated)
			platform.isolated[cpu / 64] |= UINT64_C(1) << cpu % 64;
	}
	return platform;
}

/* Of each CPU, as its cache has it. */
static void copy_nodes(struct fmag_cache *to, const struct fmag_cache *from)
{
	for (unsigned cpu = 0; cpu < from->front.hot.cpu_count; cpu++)
		fmag_front_slot(&to->front, cpu)->node =
			fmag_front_slot(&from->front, cpu)->node;
}

static struct fmag_cache *build_cache(struct fmag_cache *cache, void *storage,
	const struct fmag_clean_config *config)
{
	const struct fmag_config inner = clean_caches_config(cache, config);
	const struct fmag_platform platform = clean_caches_platform(cache);
	const struct fmag_hal hal = {
		.ops = &to_cache_ops,
		.ctx = cache,
		.frame_size = cache->host.hal.frame_size,
		.flags = FMAG_HAL_REENTRANT,
	};
	struct fmag_cache *clean =
		fmag_cache_build(storage, &hal, &inner, &platform);

	/* The one that the host knows, and looks at. */
	clean->host.faults.cache = cache;
	clean->host.faults.count = cache->host.faults.count;
	copy_nodes(clean, cache);
	fmag_evacuate_likewise(clean, cache);
	return clean;
}

enum fmag_status fmag_clean_build(struct fmag_cache *cache, void *storage,
	const struct fmag_clean_config *config,
	void (*release)(struct fmag_clean *clean))
{
	struct fmag_clean *clean = storage;

	*clean = (struct fmag_clean){
		.annex.ops = &annex_ops,
		.annex.cache = build_cache(
			cache, (char *)storage + FMAG_CLEAN_HEAD_SIZE_, config),
		.cache = cache,
		.frames_max = config->frames_max,
		.dirty_min = config->dirty_min,
		.release = release,
	};
	if (!fmag_annexes_attach(
		    &cache->annexes, FMAG_ANNEX_CLEAN, &clean->annex))
		return FMAG_ERR_BUSY;
	fmag_store_release(&cache->clean, clean->annex.cache);
	return FMAG_OK;
}

void fmag_clean_end(struct fmag_clean *clean)
{
	struct fmag_cache *cache = clean->cache, *none = NULL;

	fmag_store_release(&cache->clean, none);
	fmag_annexes_detach(&cache->annexes, FMAG_ANNEX_CLEAN);
	fmag_cache_fini(clean->annex.cache);
	if (clean->release != NULL)
		clean->release(clean);
}

enum fmag_status fmag_clean_init(struct fmag_cache *cache, void *storage,
	size_t size, const struct fmag_clean_config *config)
{
	struct fmag_clean_config resolved;
	enum fmag_status status;

	if (cache == NULL || storage == NULL ||
		!fmag_is_aligned((uintptr_t)storage, FMAG_CACHE_ALIGN))
		return FMAG_ERR_INVALID;
	status = fmag_clean_resolve(&resolved, config, cache);
	if (status != FMAG_OK)
		return status;
	if (size < fmag_clean_storage_size(cache, &resolved))
		return FMAG_ERR_INVALID;
	return fmag_clean_build(cache, storage, &resolved, NULL);
}

void fmag_clean_fini(struct fmag_cache *cache)
{
	struct fmag_clean *clean = fmag_clean_of(cache);

	if (clean != NULL)
		fmag_clean_end(clean);
}
