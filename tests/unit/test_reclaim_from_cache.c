/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two caches of different frame sizes on one arena give each other memory.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "support/each_front.h"
#include "support/fixture.h"

#define SMALL  ((size_t)4096)
#define LARGE  ((size_t)2 << 20)
#define LARGES ((size_t)8)
#define SMALLS (LARGES * LARGE / SMALL)

struct side {
	struct fmag_cache *cache;
	struct fmag_reclaimer reclaimer; /* for the other one */
	fmag_hpa_t *frames;
	size_t count;
};

static struct fmag_arena *arena;
static struct fixture fix;
static struct side small, large;

static void make(
	struct side *side, enum fmag_front_kind front, size_t size, size_t most)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = front,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};
	struct fmag_hal hal;

	cr_assert_eq(fmag_arena_hal(arena, size, &hal), FMAG_OK);
	cr_assert_eq(fmag_cache_create(&side->cache, &hal, &config), FMAG_OK);
	side->frames = calloc(most, sizeof(fmag_hpa_t));
	side->count = 0;
}

static void give_to(struct side *giver, struct side *taker)
{
	giver->reclaimer = (struct fmag_reclaimer){
		.reclaim = fmag_reclaim_from_cache,
		.ctx = giver->cache,
		.many_at_once = true,
	};
	cr_assert_eq(fmag_register_reclaim(taker->cache, &giver->reclaimer),
		FMAG_OK);
}

/* What one CPU has freed is not looked for by another of the same cache. */
static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)sched_getcpu(), &set);
	cr_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

static void init_on(enum fmag_front_kind front)
{
	const struct fmag_arena_config pool = {
		.size = LARGES * LARGE,
		.backing = FMAG_ARENA_ANONYMOUS,
	};

	stay_on_this_cpu();
	cr_assert_eq(fmag_arena_create(&arena, &pool), FMAG_OK);
	make(&small, front, SMALL, SMALLS);
	make(&large, front, LARGE, LARGES);
	give_to(&small, &large);
	give_to(&large, &small);
}

static void take_all(struct side *side)
{
	fmag_hpa_t frame;

	while ((frame = fmag_alloc_frame(side->cache)) != FMAG_HPA_NONE)
		side->frames[side->count++] = frame;
}

static void give_all(struct side *side)
{
	fmag_dealloc_frames(side->cache, side->frames, side->count);
	side->count = 0;
}

static void fini(void)
{
	cr_assert_eq(fmag_cache_destroy(small.cache), 0, "G1");
	cr_assert_eq(fmag_cache_destroy(large.cache), 0, "G1");
	cr_assert_eq(fmag_arena_free_bytes(arena), LARGES * LARGE, "G1");
	cr_assert_eq(fix.faults, 0);
	fmag_arena_destroy(arena);
	free(small.frames);
	free(large.frames);
}

static size_t cached(const struct side *side)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(side->cache, &stats);
	return stats.frames_cached;
}

TEST_ON_EACH_FRONT(
	reclaim_from_cache, each_has_all_that_the_other_kept, .timeout = 60)
{
	init_on(front);
	for (int turn = 0; turn < 3; turn++) {
		take_all(&small);
		cr_assert_eq(small.count, SMALLS, "G4: turn %d", turn);
		give_all(&small);
		take_all(&large);
		cr_assert_eq(large.count, LARGES, "G4: turn %d", turn);
		give_all(&large);
	}
	fini();
}

TEST_ON_EACH_FRONT(reclaim_from_cache, no_more_is_taken_than_makes_up_for_it,
	.timeout = 60)
{
	fmag_hpa_t frame;

	init_on(front);
	take_all(&large);
	give_all(&large);
	cr_assert_eq(cached(&large), LARGES);
	frame = fmag_alloc_frame(small.cache);
	cr_assert_neq(frame, FMAG_HPA_NONE);
	cr_assert_eq(cached(&large), LARGES - 1, "one makes up for a run");
	fmag_dealloc_frame(small.cache, frame);
	fini();
}

TEST_ON_EACH_FRONT(
	reclaim_from_cache, a_frame_too_many_is_nowhere, .timeout = 60)
{
	init_on(front);
	take_all(&small);
	cr_assert_eq(fmag_alloc_frame(large.cache), FMAG_HPA_NONE);
	/* One small frame is in the way of one large one. */
	fmag_dealloc_frames(small.cache, small.frames + 1, small.count - 1);
	small.count = 1;
	take_all(&large);
	cr_assert_eq(large.count, LARGES - 1);
	give_all(&large);
	give_all(&small);
	fini();
}

TEST_ON_EACH_FRONT(
	reclaim_from_cache, a_contiguous_run_comes_from_it_too, .timeout = 60)
{
	fmag_hpa_t run;

	init_on(front);
	take_all(&small);
	give_all(&small);
	run = fmag_alloc_contiguous(large.cache, LARGES, LARGE);
	cr_assert_neq(run, FMAG_HPA_NONE);
	fmag_dealloc_contiguous(large.cache, run, LARGES);
	take_all(&large);
	give_all(&large);
	run = fmag_alloc_contiguous(small.cache, SMALLS, SMALL);
	cr_assert_neq(run, FMAG_HPA_NONE);
	fmag_dealloc_contiguous(small.cache, run, SMALLS);
	fini();
}
