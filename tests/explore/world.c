/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/world.h"

#include <limits.h>
#include <string.h>

#include "account/word.h"
#include "explore/explore.h"
#include "explore/hal.h"
#include "explore/sections.h"
#include "explore/step.h"

struct world world __attribute__((aligned(FMAG_CACHE_ALIGN)));
struct stage stage;

static struct world kept;

fmag_hpa_t frame_address(unsigned index)
{
	return FRAME_BASE + index * FRAME_SIZE;
}

unsigned frame_index(fmag_hpa_t frame)
{
	fmag_hpa_t index = (frame - FRAME_BASE) / FRAME_SIZE;

	if (frame < FRAME_BASE || frame % FRAME_SIZE != 0 ||
		index >= stage.scenario->frames)
		return MAX_FRAMES;
	return (unsigned)index;
}

/*
 * Not by memcpy(): ThreadSanitizer would note each byte of it, and all that the
 * fibers do comes after what the main one did, anyway (fiber_publish()).
 */
static void copy(struct world *to, const struct world *from)
{
	size_t size = stage.world_size;

	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(size)
			 :
			 : "memory");
}

void world_save(struct world *saved)
{
	copy(saved, &world);
}

void world_return_to(const struct world *saved)
{
	copy(&world, saved);
}

void world_keep(void)
{
	world_save(&kept);
}

void world_restore(void)
{
	world_return_to(&kept);
}

static unsigned index_in(const struct fmag_depot *depot, const void *inside)
{
	size_t at = (size_t)((const char *)inside - depot->table);

	at /= depot->magazine_size;
	return at < depot->magazine_count ? (unsigned)at : MAX_MAGAZINES;
}

unsigned world_magazine_index(const void *inside)
{
	unsigned index = index_in(stage.depot, inside);

	if (index == MAX_MAGAZINES && stage.clean != NULL)
		index = stage.scenario->magazines +
			index_in(&stage.clean->state->depot, inside);
	return index;
}

bool world_is_in_transit(const struct fmag_magazine *magazine)
{
	if (stage.front != FMAG_FRONT_RSEQ ||
		!fmag_word_is_local(magazine->word))
		return false;
	for (unsigned slot = 0; slot < stage.slot_count; slot++) {
		if (world_slot(slot)->loaded == magazine)
			return false;
	}
	return true;
}

unsigned world_credits(void)
{
	uint64_t credits = 0;

	/* The CPUs' lines, and the shared one, come after the first. */
	for (unsigned i = 1; i < sizeof(world.account) / FMAG_ACCOUNT_ALIGN;
		i++)
		credits += fmag_credits(
			*(const uint64_t *)(const void *)(world.account +
				i * FMAG_ACCOUNT_ALIGN));
	return (unsigned)credits;
}

bool world_has_frames_over(void)
{
	for (unsigned i = 0; i < stage.scenario->retire_magazines; i++) {
		const struct fmag_seal *seal = &stage.retirer->seals[i];
		uint64_t word = fmag_retirer_magazine(stage.retirer, i)->word;

		if (fmag_fill_is_pending(word) &&
			seal->fill == fmag_fill(word) &&
			seal->ticket <= world.grace_over)
			return true;
	}
	return false;
}

static uint64_t start_grace(void *ctx)
{
	(void)ctx;
	explore_step(__func__);
	return ++world.grace_started;
}

static enum fmag_grace grace_done(void *ctx, uint64_t ticket)
{
	(void)ctx;
	explore_step(__func__);
	if (ticket > world.grace_started)
		return FMAG_GRACE_UNKNOWN;
	return ticket <= world.grace_over ? FMAG_GRACE_OVER
					  : FMAG_GRACE_PENDING;
}

static unsigned current_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return world.threads[explore_thread()].cpu;
}

static uint32_t *hal_mark(void *hook_ctx)
{
	(void)hook_ctx;
	return &world.threads[explore_thread()].hal_mark;
}

static void on_fault(void *hook_ctx, const struct fmag_fault *fault)
{
	(void)hook_ctx;
	if (fault->kind == FMAG_FAULT_NOT_CHARGED &&
		stage.scenario->gives_too_much) {
		world.faults_not_charged++;
		return;
	}
	if (fault->kind != FMAG_FAULT_NO_ROOM || !stage.scenario->quarantines)
		explore_fail("fault: %s", fault->message);
	world.is_quarantined[frame_index(fault->paddr)] = 1;
}

static unsigned node_of_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	return cpu % stage.node_count;
}

static unsigned node_of_frame(void *hook_ctx, fmag_hpa_t frame)
{
	(void)hook_ctx;
	return frame_index(frame) % stage.node_count;
}

static struct fmag_platform platform_of(const struct scenario *scenario)
{
	static bool (*const barriers[])(int cpu) = {
		[BARRIER_WORKS] = explore_barrier,
		[BARRIER_REFUSED] = explore_barrier_refused,
		[BARRIER_MISSING] = NULL,
	};

	return (struct fmag_platform){
		.current_cpu = current_cpu,
		.hal_mark = hal_mark,
		.on_fault = on_fault,
		.has_rseq = true,
		.barrier = barriers[scenario->barrier],
		.isolated = { scenario->isolated },
	};
}

static void make_cache(const struct scenario *scenario)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.cpu_count = MAX_CPUS,
		.magazine_rounds = scenario->rounds,
		.magazine_count = scenario->magazines,
		.spare_magazines = scenario->spares,
		.front = stage.front,
		.node_count = stage.node_count,
		.node_of_cpu = node_of_cpu,
		.node_of_frame = node_of_frame,
		.zero_on_free = scenario->zero_on_free,
	};
	const struct fmag_platform platform = platform_of(scenario);
	const struct fmag_hal hal = hal_of(scenario);
	struct fmag_config resolved;

	if (fmag_config_resolve(&resolved, &config, &hal, &platform) !=
			FMAG_OK ||
		fmag_config_storage_size(&resolved) > sizeof(world.storage))
		explore_fail("the scenario's cache cannot be made");
	stage.cache =
		fmag_cache_build(world.storage, &hal, &resolved, &platform);
}

static void make_account(const struct scenario *scenario)
{
	stage.account = NULL;
	if (scenario->limit != 0 &&
		fmag_account_init(&stage.account, world.account,
			sizeof(world.account), stage.cache,
			scenario->limit) != FMAG_OK)
		explore_fail("the scenario's account cannot be made");
}

static void make_clean_cache(const struct scenario *scenario)
{
	const struct fmag_clean_config config = {
		.struct_size = sizeof(config),
		.magazine_rounds = scenario->rounds,
		.magazine_count = scenario->clean_magazines,
	};
	size_t at = WORLD_CACHE_SIZE(
		scenario->magazines, scenario->rounds, stage.node_count);

	stage.clean = NULL;
	if (scenario->clean_magazines == 0)
		return;
	if (fmag_clean_init(stage.cache, world.storage + at,
		    sizeof(world.storage) - at, &config) != FMAG_OK)
		explore_fail("the scenario's clean cache cannot be made");
	stage.clean = stage.cache->clean;
	stage.world_size += FMAG_CLEAN_STORAGE_SIZE(MAX_CPUS,
		scenario->clean_magazines, scenario->rounds, stage.node_count);
	stage.slot_count = MAX_SLOTS;
	stage.magazine_count += scenario->clean_magazines;
}

static void make_retirer(const struct scenario *scenario)
{
	const struct fmag_grace_source source = {
		.start = start_grace,
		.done = grace_done,
	};
	const struct fmag_retirer_config config = {
		.magazine_count = scenario->retire_magazines,
		.magazine_rounds = scenario->rounds,
	};

	size_t at = stage.world_size - offsetof(struct world, storage);

	stage.retirer = NULL;
	if (scenario->retire_magazines == 0)
		return;
	at = FMAG_ROUND_UP_(at, FMAG_CACHE_ALIGN);
	if (fmag_retirer_init(&stage.retirer, stage.cache, world.storage + at,
		    sizeof(world.storage) - at, &source, &config) != FMAG_OK)
		explore_fail("the scenario's retirer cannot be made");
	stage.world_size = offsetof(struct world, storage) + at +
		FMAG_RETIRER_STORAGE_SIZE(
			MAX_CPUS, scenario->retire_magazines, scenario->rounds);
}

static void set_stage(
	const struct scenario *scenario, enum fmag_front_kind front)
{
	stage.scenario = scenario;
	stage.front = front;
	stage.node_count = scenario->nodes > 0 ? scenario->nodes : 1;
	stage.thread_count = 0;
	while (stage.thread_count < MAX_THREADS &&
		scenario->threads[stage.thread_count].ops[0].run != NULL)
		stage.thread_count++;
	stage.world_size = offsetof(struct world, storage) +
		WORLD_CACHE_SIZE(scenario->magazines, scenario->rounds,
			stage.node_count);
	stage.slot_count = MAX_CPUS;
	stage.magazine_count = scenario->magazines;
}

static unsigned reached_cpus(void)
{
	if (stage.front == FMAG_FRONT_CLAIM)
		return UINT_MAX;
	if (stage.front == FMAG_FRONT_RSEQ &&
		stage.scenario->barrier == BARRIER_WORKS)
		return ~stage.scenario->isolated;
	return 0;
}

/* Each step looks at all of them. */
static void find_all(void)
{
	unsigned own = stage.scenario->magazines;

	stage.reached = reached_cpus();
	for (unsigned i = 0; i < stage.slot_count; i++)
		stage.slots[i] = fmag_front_slot(world_front(i), i % MAX_CPUS);
	for (unsigned i = 0; i < stage.magazine_count; i++)
		stage.magazines[i] = i < own
			? fmag_depot_magazine(stage.depot, i)
			: fmag_depot_magazine(
				  &stage.clean->state->depot, i - own);
}

static void place_threads(const struct scenario *scenario)
{
	for (unsigned i = 0; i < stage.thread_count; i++) {
		struct thread_state *thread = &world.threads[i];

		thread->cpu = scenario->threads[i].cpu;
		for (unsigned depth = 0; depth < NESTING; depth++) {
			thread->actors[depth].thread = (uint8_t)i;
			thread->actors[depth].depth = (uint8_t)depth;
		}
	}
}

void world_build(const struct scenario *scenario, enum fmag_front_kind front)
{
	memset(&world, 0, sizeof(world));
	set_stage(scenario, front);
	place_threads(scenario);
	hal_fill();
	make_cache(scenario);
	stage.depot = &stage.cache->state->depot;
	fmag_reserve_init(&world.reserve, stage.cache);
	make_account(scenario);
	make_clean_cache(scenario);
	make_retirer(scenario);
	find_all();
	for (unsigned i = 0; i < stage.thread_count; i++)
		explore_run_ops(i, scenario->threads[i].before);
	for (unsigned i = 0; i < stage.magazine_count; i++)
		world.words[i] = world_magazine(i)->word;
}
