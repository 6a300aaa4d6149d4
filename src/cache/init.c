/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache's beginning and end, in storage of the caller's.
 */
#include <string.h>

#include <fmag/detail/rseq.h>

#include "base/atomic.h"
#include "base/bits.h"
#include "cache/cache.h"

static unsigned only_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return 0;
}

/*
 * The current CPU's mark, where the host has no better one. CPUs out of range
 * share one of their own.
 */
static uint32_t *cpu_mark(void *hook_ctx)
{
	struct fmag_cache *cache = hook_ctx;
	unsigned cpu = fmag_front_cpu(&cache->front);

	if (cpu > cache->front.hot.cpu_count)
		cpu = cache->front.hot.cpu_count;
	return (uint32_t *)(void *)(cache->marks +
		cpu * (size_t)FMAG_CACHE_MARK_SIZE_);
}

static const struct fmag_platform bare_platform = {
	.front = __STDC_HOSTED__ ? FMAG_FRONT_CLAIM : FMAG_FRONT_OWNER,
	.current_cpu = only_cpu,
	.on_fault = fmag_fault_panics,
};

/* Enough to boot with. */
static const struct fmag_config one_cpu = { .cpu_count = 1 };

static const struct fmag_front_ops *front_ops(enum fmag_front_kind kind)
{
#if FMAG_HAS_RSEQ_
	if (kind == FMAG_FRONT_RSEQ)
		return &fmag_front_rseq;
#endif
	return kind == FMAG_FRONT_OWNER ? &fmag_front_owner : &fmag_front_claim;
}

/* Of other fronts' slots a section must not see any. */
static int64_t rseq_offset(
	const struct fmag_config *config, const struct fmag_platform *platform)
{
	if (config->front == FMAG_FRONT_RSEQ)
		return platform->rseq_offset;
#if FMAG_HAS_RSEQ_
	return fmag_rseq_no_area();
#else
	return 0;
#endif
}

static bool is_isolated(unsigned cpu, const struct fmag_config *config,
	const struct fmag_platform *platform)
{
	if (config->cpu_is_isolated != NULL)
		return config->cpu_is_isolated(config->hook_ctx, cpu);
	return (platform->isolated[cpu / 64] >> cpu % 64 & 1) != 0;
}

static void set_isolated(struct fmag_cache *cache,
	const struct fmag_config *config, const struct fmag_platform *platform)
{
	for (unsigned cpu = 0; cpu < config->cpu_count; cpu++) {
		if (!is_isolated(cpu, config, platform))
			continue;
		fmag_front_slot(&cache->front, cpu)->is_isolated = 1;
		cache->isolated_cpus++;
	}
}

static int32_t node_of_cpu(const struct fmag_config *config, unsigned cpu)
{
	unsigned node;

	if (config->node_of_cpu == NULL)
		return 0;
	node = config->node_of_cpu(config->hook_ctx, cpu);
	return node < config->node_count ? (int32_t)node : FMAG_NODE_ANY;
}

/* After the front, whose slots know their nodes. */
static void build_nodes(
	struct fmag_cache *cache, const struct fmag_config *config)
{
	cache->nodes = (struct fmag_nodes){
		.count = config->node_count,
		.hook_ctx = config->hook_ctx,
	};
	if (config->node_count == 1)
		return;
	cache->nodes.of_frame = config->node_of_frame;
	for (unsigned cpu = 0; cpu < config->cpu_count; cpu++)
		fmag_front_slot(&cache->front, cpu)->node =
			node_of_cpu(config, cpu);
}

static void build_front(struct fmag_cache *cache, const struct fmag_hal *hal,
	const struct fmag_config *config, const struct fmag_platform *platform)
{
	cache->front = (struct fmag_front){
		.hot = {
			.frame_mask = hal->frame_size - 1,
			.rseq_offset = rseq_offset(config, platform),
			.cpu_count = config->cpu_count,
			.hit_cpus = config->mask == NULL ? config->cpu_count
							 : 0,
		},
		.current_cpu = config->current_cpu,
		.hook_ctx = config->hook_ctx,
		.barrier = config->never_interrupt ? NULL : platform->barrier,
		.shared = &cache->state->front,
		.mask = config->mask,
		.unmask = config->unmask,
		.poke_cpu = config->poke_cpu,
	};
	cache->front_kind = config->front;
	fmag_front_init(&cache->front, front_ops(config->front),
		config->magazine_rounds_min);
	if (config->front == FMAG_FRONT_RSEQ)
		set_isolated(cache, config, platform);
}

static void build_host(struct fmag_cache *cache, const struct fmag_hal *hal,
	const struct fmag_config *config)
{
	struct fmag_host *host = &cache->host;

	fmag_host_set_hal(host, hal);
	host->mark = config->hal_mark != NULL ? config->hal_mark : cpu_mark;
	host->hook_ctx =
		config->hal_mark != NULL ? config->hook_ctx : (void *)cache;
	host->counters = &cache->state->host;
	host->faults = (struct fmag_fault_sink){
		.on_fault = config->on_fault,
		.hook_ctx = config->hook_ctx,
		.cache = cache,
		.count = &cache->state->faults,
	};
}

/* In storage that begins at `shelves`: those of all nodes but one, and the table. */
static void build_depot(struct fmag_cache *cache, char *shelves,
	const struct fmag_config *config)
{
	struct fmag_depot *depot = &cache->state->depot;
	char *table = shelves +
		(config->node_count - 1) * (size_t)FMAG_CACHE_SHELF_SIZE_ +
		FMAG_CACHE_ALIGN / 2;

	fmag_depot_init(depot, table, config->magazine_count,
		config->magazine_rounds, config->magazine_rounds_min,
		config->spare_magazines);
	if (config->node_count > 1)
		fmag_depot_add_nodes(depot, shelves, config->node_count,
			config->spare_magazines);
}

struct fmag_cache *fmag_cache_build(void *storage, const struct fmag_hal *hal,
	const struct fmag_config *config, const struct fmag_platform *platform)
{
	struct fmag_cache *cache = storage;
	char *state =
		(char *)storage + FMAG_CACHE_KEPT_SIZE_(config->cpu_count);
	char *shelves = state + FMAG_CACHE_TABLE_OFFSET_(config->cpu_count) -
		FMAG_CACHE_ALIGN / 2;

	/* Not what the depot sets: shelves, and heads of magazines, whose frames
	 * may be many. */
	memset(storage, 0, (size_t)(shelves - (char *)storage));
	cache->storage_size = fmag_config_storage_size(config);
	cache->state = (void *)state;
	cache->marks = state + FMAG_CACHE_STATE_SIZE_;
	cache->capacity = config->magazine_rounds;
	cache->rounds_min = config->magazine_rounds_min;
	cache->spare_magazines = config->spare_magazines;
	cache->watermarks = (struct fmag_watermarks){
		.low = config->watermark_low,
		.high = config->watermark_high,
		.on_watermark = config->on_watermark,
		.hook_ctx = config->hook_ctx,
	};
	cache->zeroing = platform->zeroing != NULL ? platform->zeroing()
						   : fmag_zero_choose();
	build_front(cache, hal, config, platform);
	build_host(cache, hal, config);
	fmag_cache_build_as_hal(cache);
	build_nodes(cache, config);
	if (config->zero_on_free) {
		cache->clean = cache;
		/* No hit takes a frame: each free comes to the route. */
		cache->state->front.no_room = 1;
	}
	build_depot(cache, shelves, config);
	cache->state->live = 1;
	return cache;
}

enum fmag_status fmag_cache_init(struct fmag_cache **cache, void *storage,
	size_t size, const struct fmag_hal *hal,
	const struct fmag_config *config)
{
	struct fmag_config resolved;
	enum fmag_status status;

	if (cache == NULL)
		return FMAG_ERR_INVALID;
	*cache = NULL;
	if (storage == NULL ||
		!fmag_is_aligned((uintptr_t)storage, FMAG_CACHE_ALIGN))
		return FMAG_ERR_INVALID;
	status = fmag_hal_check(hal);
	if (status == FMAG_OK)
		status = fmag_config_resolve(&resolved,
			config != NULL ? config : &one_cpu, hal,
			&bare_platform);
	if (status != FMAG_OK)
		return status;
	if (size < fmag_config_storage_size(&resolved))
		return FMAG_ERR_INVALID;
	*cache = fmag_cache_build(storage, hal, &resolved, &bare_platform);
	return FMAG_OK;
}

/* All frames of one magazine, to the HAL. No call runs on the cache. */
static void give_back_all(
	struct fmag_host *host, struct fmag_magazine *magazine)
{
	fmag_hpa_t run[FMAG_HAL_RUN];
	size_t taken;

	if (fmag_word_is_local(fmag_load_relaxed(&magazine->word)))
		fmag_magazine_leave_slot(magazine);
	while ((taken = fmag_magazine_take(magazine, run, FMAG_HAL_RUN)) > 0)
		fmag_host_give(host, run, taken);
}

/*
 * By the table, not by the slots: a thread killed in the middle of an
 * operation has left its slot BUSY, but its magazines whole. The mark is for
 * handlers that use another cache of the same HAL.
 */
size_t fmag_cache_fini(struct fmag_cache *cache)
{
	struct fmag_depot *depot = &cache->state->depot;
	uint32_t *mark;

	if (!cache->state->live)
		return 0;
	fmag_annexes_end(&cache->annexes);
	cache->state->live = 0;
	(void)fmag_host_enter(&cache->host, &mark);
	for (unsigned i = 0; i < depot->magazine_count; i++)
		give_back_all(&cache->host, fmag_depot_magazine(depot, i));
	fmag_host_leave(mark);
	return fmag_load_relaxed(&cache->state->host.frames_out);
}

bool fmag_cache_check_live(struct fmag_cache *cache)
{
	if (fmag_cache_is_live(cache))
		return true;
	fmag_cache_fault(cache, FMAG_FAULT_USED_AFTER_FORK, FMAG_HPA_NONE);
	return false;
}
