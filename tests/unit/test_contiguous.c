/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contiguous runs: what is cached goes back to the HAL where that has none; in a
 * handler they go into magazines; and how they are aligned.
 */
#include <criterion/criterion.h>

#include "support/each_front.h"
#include "support/fixture.h"

#define FRAMES 64
#define ROUNDS 4
#define SIZE   TEST_HAL_FRAME_SIZE

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];

static void init_with(
	enum fmag_front_kind front, struct test_hal_options options)
{
	struct fmag_config config = fixture_config(&fix, 2, ROUNDS, 32);

	config.spare_magazines = 2;
	fixture_init_on(&fix, front, options, &config);
}

/* Every frame is cached. */
static void cache_all(void)
{
	cr_assert_eq(fmag_alloc_frames(fix.cache, mine, FRAMES), FRAMES);
	fmag_dealloc_frames(fix.cache, mine, FRAMES);
	cr_assert_eq(fixture_stats(&fix).frames_cached, FRAMES);
}

TEST_ON_EACH_PLAYED_FRONT(
	contiguous, what_is_cached_goes_back_for_a_run, .timeout = 60)
{
	fmag_hpa_t run;

	init_with(front, fixture_hal_options(FRAMES));
	cache_all();
	fixture_play(&fix, 1);
	run = fmag_alloc_contiguous(fix.cache, FRAMES, SIZE);
	cr_assert_eq(run, TEST_HAL_BASE);
	fmag_dealloc_contiguous(fix.cache, run, FRAMES);
	fixture_fini(&fix, 0);
}

Test(contiguous, a_run_that_the_hal_has_costs_the_cache_nothing)
{
	size_t cached;

	init_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES));
	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	cached = fixture_stats(&fix).frames_cached;
	cr_assert_neq(fmag_alloc_contiguous(fix.cache, 4, SIZE), FMAG_HPA_NONE);
	cr_assert_eq(fixture_stats(&fix).frames_cached, cached);
	fixture_fini(&fix, 4);
}

Test(contiguous, the_hal_is_asked_again_only_if_something_went_back)
{
	init_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES));
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, FRAMES + 1, SIZE),
		FMAG_HPA_NONE);
	cr_assert_eq(fix.hal.calls, 1);
	cache_all();
	fix.hal.calls = 0;
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, FRAMES + 1, SIZE),
		FMAG_HPA_NONE);
	cr_assert_eq(fix.hal.calls, 2);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	fixture_fini(&fix, 0);
}

Test(contiguous, a_hal_without_the_verb_gets_no_frames_back)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.contiguous = false;
	init_with(FMAG_FRONT_CLAIM, options);
	cache_all();
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 2, SIZE), FMAG_HPA_NONE);
	cr_assert_eq(fixture_stats(&fix).frames_cached, FRAMES);
	fixture_fini(&fix, 0);
}

/* Its frames lie in the way, and it has them back. */
static size_t give_back_all(void *ctx, struct fmag_cache *cache, size_t wanted)
{
	cr_assert_eq(wanted, 8);
	(void)ctx;
	fmag_cache_drain(cache, SIZE_MAX);
	for (size_t i = 0; i < FRAMES; i++)
		fix.hal.ops.dealloc_frame(&fix.hal, mine[i]);
	return FRAMES;
}

Test(contiguous, reclaimers_are_asked_for_a_run)
{
	const struct fmag_reclaimer layer = { .reclaim = give_back_all };

	init_with(FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES));
	for (size_t i = 0; i < FRAMES; i++)
		mine[i] = fix.hal.ops.alloc_frame(&fix.hal);
	cr_assert_eq(fmag_register_reclaim(fix.cache, &layer), FMAG_OK);
	cr_assert_neq(
		fmag_alloc_contiguous(fix.cache, 8, 8 * SIZE), FMAG_HPA_NONE);
	fixture_fini(&fix, 8);
}

/* In a handler that interrupted the HAL. */

static fmag_hpa_t run;
static size_t run_length;

static void give_the_run_back(void *ctx)
{
	(void)ctx;
	fix.hal.inside_fill = NULL;
	fmag_dealloc_contiguous(fix.cache, run, run_length);
}

static void interrupt_a_fill(void)
{
	struct fmag_phys_frame frame =
		fmag_phys_frame_from_raw(fix.cache, TEST_HAL_BASE);

	fix.hal.inside_fill = give_the_run_back;
	fmag_phys_frame_fill(&frame, 0);
	cr_assert_null(fix.hal.inside_fill);
}

static void init_with_a_run(enum fmag_front_kind front, size_t length)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.splits = true;
	options.unmapped = true;
	init_with(front, options);
	run = fmag_alloc_contiguous(fix.cache, run_length = length, SIZE);
	cr_assert_neq(run, FMAG_HPA_NONE);
}

TEST_ON_EACH_PLAYED_FRONT(contiguous,
	g6_in_a_handler_a_run_that_may_be_split_goes_into_magazines,
	.timeout = 60)
{
	init_with_a_run(front, 10);
	interrupt_a_fill();
	cr_assert_eq(fix.faults, 0);
	cr_assert_eq(fixture_stats(&fix).frames_cached, 10);
	cr_assert_eq(fmag_alloc_frames(fix.cache, mine, FRAMES), FRAMES,
		"each is a frame like others");
	fmag_dealloc_frames(fix.cache, mine, FRAMES);
	fixture_fini(&fix, 0);
}

Test(contiguous, g6_of_a_run_what_finds_no_room_is_quarantined)
{
	struct fmag_config config = fixture_config(&fix, 1, ROUNDS, 4);
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.splits = options.unmapped = true;
	config.spare_magazines = 1;
	fixture_init(&fix, options, &config);
	run = fmag_alloc_contiguous(fix.cache, run_length = 20, SIZE);
	interrupt_a_fill();
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NO_ROOM);
	cr_assert_eq(fix.faults, 4, "four magazines had room for the others");
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 4);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0, "G1");
	fixture_fini(&fix, 4);
}

/* A stage-2 table's root: four frames, by their own size. */

#define ROOT_FRAMES 4
#define ROOT_SIZE   (ROOT_FRAMES * (size_t)4096)
#define POOL        ((size_t)64 * 4096)

static void expect_roots(fmag_hpa_t base)
{
	const struct fmag_arena_config pool = {
		.size = POOL,
		.base = base,
		.backing = FMAG_ARENA_ANONYMOUS,
	};
	struct fmag_arena *arena;
	struct fmag_cache *cache;
	struct fmag_hal hal;
	fmag_hpa_t root;
	size_t roots = 0;

	cr_assert_eq(fmag_arena_create(&arena, &pool), FMAG_OK);
	cr_assert_eq(fmag_arena_hal(arena, 4096, &hal), FMAG_OK);
	cr_assert_eq(fmag_cache_create(&cache, &hal, NULL), FMAG_OK);
	while ((root = fmag_alloc_contiguous(cache, ROOT_FRAMES, ROOT_SIZE)) !=
		FMAG_HPA_NONE) {
		cr_assert_eq(root % ROOT_SIZE, 0, "physically aligned");
		cr_assert(root >= base && root + ROOT_SIZE <= base + POOL);
		cr_assert_eq(fmag_virt_to_phys(
				     cache, fmag_phys_to_virt(cache, root)),
			root);
		roots++;
	}
	/* All but the pool's two ends, where they are less aligned. */
	cr_assert_eq(roots, POOL / ROOT_SIZE - (base % ROOT_SIZE != 0 ? 1 : 0));
	cr_assert_eq(fmag_cache_destroy(cache), roots * ROOT_FRAMES);
	fmag_arena_destroy(arena);
}

Test(contiguous, roots_are_aligned_physically_wherever_the_pool_begins)
{
	for (size_t odd = 0; odd < ROOT_FRAMES; odd++)
		expect_roots(((fmag_hpa_t)4 << 30) + odd * 4096);
}
