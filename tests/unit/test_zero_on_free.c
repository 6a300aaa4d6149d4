/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * zero_on_free: no frame of the cache has anything of an owner's in it, whatever
 * way it came back. The tests look at the memory itself, before anyone has the
 * frame again.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "cache/cache.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/played_grace.h"
#include "support/rng.h"

#define CPUS   2
#define ROUNDS 4
#define FRAMES 48
#define SIZE   TEST_HAL_FRAME_SIZE
#define SECRET 0xa5

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];
static size_t count;

static struct test_hal_options readable(void)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.readable = true;
	return options;
}

/* The HAL's memory is full of somebody's secrets. */
static void make(enum fmag_front_kind front, struct test_hal_options options)
{
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 32);

	config.zero_on_free = true;
	count = 0;
	fixture_init_on(&fix, front, options, &config);
	if (options.readable)
		memset(fix.hal.memory, SECRET, FRAMES * SIZE);
}

static void finish(void)
{
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, count);
}

static char *memory_of(fmag_hpa_t frame)
{
	return fix.hal.memory + (frame - TEST_HAL_BASE);
}

static bool is_zero(fmag_hpa_t first, size_t frames)
{
	static const char zeroes[SIZE];

	for (size_t i = 0; i < frames; i++) {
		if (memcmp(memory_of(first) + i * SIZE, zeroes, SIZE) != 0)
			return false;
	}
	return true;
}

static void write_secret(fmag_hpa_t first, size_t frames)
{
	memset(memory_of(first), SECRET, frames * SIZE);
}

/* All that is free and was ever the cache's is zero. */
static void expect_no_secret(fmag_hpa_t first, size_t frames)
{
	cr_assert(is_zero(first, frames), "a secret is left in frame %zu",
		test_hal_index(&fix.hal, first));
}

TestSuite(zero_on_free, .timeout = 60);

#define ON_EACH_FRONT(name)                                          \
	static void zero_on_free_##name(enum fmag_front_kind front); \
	TEST_ON_OWNER(zero_on_free, name, .timeout = 60)             \
	TEST_ON_EACH_PLAYED_FRONT(zero_on_free, name, .timeout = 60)

ON_EACH_FRONT(a_frame_is_zero_as_soon_as_it_is_free)
{
	fmag_hpa_t frame;

	make(front, readable());
	for (unsigned turn = 0; turn < 3 * FRAMES; turn++) {
		fixture_play(&fix, turn / 3 % CPUS);
		frame = fmag_alloc_frame(fix.cache);
		expect_no_secret(frame, 1);
		write_secret(frame, 1);
		fmag_dealloc_frame(fix.cache, frame);
		expect_no_secret(frame, 1);
	}
	fixture_play(&fix, 0);
	finish();
}

ON_EACH_FRONT(frames_freed_in_bulk_are_zero)
{
	make(front, readable());
	for (unsigned turn = 0; turn < 4; turn++) {
		count = fmag_alloc_frames(fix.cache, mine, 20);
		cr_assert_eq(count, 20);
		for (size_t i = 0; i < count; i++) {
			expect_no_secret(mine[i], 1);
			write_secret(mine[i], 1);
		}
		fmag_dealloc_frames(fix.cache, mine, count);
		for (size_t i = 0; i < count; i++)
			expect_no_secret(mine[i], 1);
		count = 0;
	}
	finish();
}

ON_EACH_FRONT(a_frame_freed_without_a_slot_is_zero)
{
	fmag_hpa_t frame;

	make(front, readable());
	frame = fmag_alloc_frame(fix.cache);
	write_secret(frame, 1);
	fixture_play(&fix, 99);
	fmag_dealloc_frame(fix.cache, frame);
	expect_no_secret(frame, 1);
	fixture_play(&fix, 0);
	fix.faults = 0; /* FMAG_FAULT_BAD_CPU, on the owner front */
	finish();
}

Test(zero_on_free, a_handle_that_is_dropped_leaves_nothing)
{
	struct fmag_phys_frame frame;
	fmag_hpa_t paddr;

	make(FMAG_FRONT_CLAIM, readable());
	cr_assert_eq(fmag_phys_frame_alloc(fix.cache, &frame), FMAG_OK);
	paddr = fmag_phys_frame_start_paddr(&frame);
	fmag_phys_frame_fill(&frame, SECRET);
	fmag_phys_frame_drop(&frame);
	expect_no_secret(paddr, 1);
	finish();
}

Test(zero_on_free, a_run_is_zero_when_it_comes_and_when_it_goes)
{
	fmag_hpa_t run;

	make(FMAG_FRONT_CLAIM, readable());
	run = fmag_alloc_contiguous(fix.cache, 5, SIZE);
	cr_assert_neq(run, FMAG_HPA_NONE);
	expect_no_secret(run, 5);
	write_secret(run, 5);
	fmag_dealloc_contiguous(fix.cache, run, 5);
	expect_no_secret(run, 5);
	finish();
}

static fmag_hpa_t run_of_the_handler;

static void free_run(void *ctx)
{
	(void)ctx;
	if (run_of_the_handler != FMAG_HPA_NONE)
		fmag_dealloc_contiguous(fix.cache, run_of_the_handler, 5);
	run_of_the_handler = FMAG_HPA_NONE;
}

Test(zero_on_free, g6_a_run_freed_in_a_handler_is_zero_too)
{
	struct test_hal_options options = readable();
	fmag_hpa_t run, frame;

	options.splits = true;
	make(FMAG_FRONT_CLAIM, options);
	run = fmag_alloc_contiguous(fix.cache, 5, SIZE);
	write_secret(run, 5);
	run_of_the_handler = run;
	fix.hal.inside_alloc = free_run;
	frame = fmag_alloc_frame(fix.cache);
	fix.hal.inside_alloc = NULL;
	expect_no_secret(run, 5);
	fmag_dealloc_frame(fix.cache, frame);
	finish();
}

Test(zero_on_free, a_frame_that_goes_straight_to_the_hal_is_zero)
{
	make(FMAG_FRONT_CLAIM, readable());
	count = fmag_alloc_frames(fix.cache, mine, FRAMES);
	for (size_t i = 0; i < count; i++)
		write_secret(mine[i], 1);
	/* Of an evacuated range no magazine may have one. */
	cr_assert_eq(fmag_cache_evacuate(
			     fix.cache, TEST_HAL_BASE, FRAMES * SIZE, SIZE_MAX),
		FMAG_OK);
	fmag_dealloc_frames(fix.cache, mine, count);
	count = 0;
	expect_no_secret(TEST_HAL_BASE, FRAMES);
	finish();
}

Test(zero_on_free, a_range_that_is_readmitted_leaves_frees_as_they_were)
{
	fmag_hpa_t frame;

	make(FMAG_FRONT_CLAIM, readable());
	fmag_cache_evacuate(fix.cache, TEST_HAL_BASE, SIZE, SIZE_MAX);
	fmag_cache_readmit(fix.cache, TEST_HAL_BASE, SIZE);
	for (unsigned turn = 0; turn < 3; turn++) {
		frame = fmag_alloc_frame(fix.cache);
		write_secret(frame, 1);
		fmag_dealloc_frame(fix.cache, frame);
		expect_no_secret(frame, 1);
	}
	finish();
}

Test(zero_on_free, a_quarantined_frame_is_left_as_it_is)
{
	fmag_hpa_t frame;

	make(FMAG_FRONT_CLAIM, readable());
	frame = fmag_alloc_frame(fix.cache);
	write_secret(frame, 1);
	fmag_quarantine_frame(fix.cache, frame);
	cr_assert_eq(*memory_of(frame), (char)SECRET);
	count = 1;
	finish();
}

/* Zeroed already. */

ON_EACH_FRONT(an_alloc_of_a_zeroed_frame_is_an_alloc)
{
	make(front, readable());
	count = fmag_alloc_frames(fix.cache, mine, 8);
	fmag_dealloc_frames(fix.cache, mine, count);
	fix.hal.options.unmapped = true;
	fix.cache->host.ops.fill_frame = NULL;
	for (count = 0; count < 8; count++) {
		mine[count] = fmag_alloc_frame_zeroed(fix.cache);
		cr_assert_neq(mine[count], FMAG_HPA_NONE);
	}
	finish();
}

Test(zero_on_free, what_the_hal_says_is_zero_is_not_zeroed)
{
	struct test_hal_options options = readable();
	fmag_hpa_t frame;

	options.zeroed = true;
	make(FMAG_FRONT_CLAIM, options);
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_eq(*memory_of(frame), (char)SECRET, "it lied");
	fmag_dealloc_frame(fix.cache, frame);
	expect_no_secret(frame, 1);
	finish();
}

Test(zero_on_free, as_a_hal_it_says_that_its_frames_are_zero)
{
	struct fmag_hal hal;
	unsigned flags = 0;

	make(FMAG_FRONT_CLAIM, readable());
	hal = fmag_cache_as_hal(fix.cache);
	count = hal.ops->alloc_frames(hal.ctx, mine, 3, FMAG_NODE_ANY, &flags);
	cr_assert_eq(count, 3);
	cr_assert_eq(flags, FMAG_FRAMES_ZEROED);
	finish();
}

Test(zero_on_free, nobody_needs_a_place_for_clean_frames)
{
	make(FMAG_FRONT_CLAIM, readable());
	cr_assert_eq(fmag_clean_create(fix.cache, NULL), FMAG_ERR_UNSUPPORTED);
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	fmag_clean_destroy(fix.cache);
	finish();
}

/* Frames that cannot be zeroed. */

static void make_unmapped(void)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.unmapped = true;
	make(FMAG_FRONT_CLAIM, options);
}

static void expect_unmapped(unsigned faults)
{
	cr_assert_eq(fix.faults, faults);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_UNMAPPED);
	fix.faults = 0;
}

Test(zero_on_free, an_unmapped_frame_is_zeroed_by_the_hal)
{
	fmag_hpa_t frame;

	make_unmapped();
	fix.hal.filled_with = 1;
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_eq(fix.hal.filled_with, 0);
	fix.hal.filled_with = 1;
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(fix.hal.filled_with, 0);
	finish();
}

Test(zero_on_free, one_that_nothing_reaches_is_quarantined)
{
	make_unmapped();
	count = fmag_alloc_frames(fix.cache, mine, 3);
	fix.cache->host.ops.fill_frame = NULL;
	fmag_dealloc_frames(fix.cache, mine, 3);
	expect_unmapped(3);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 3, "G1");
	finish();
}

Test(zero_on_free, so_is_a_run)
{
	fmag_hpa_t run;

	make_unmapped();
	run = fmag_alloc_contiguous(fix.cache, 3, SIZE);
	fix.cache->host.ops.fill_frame = NULL;
	fmag_dealloc_contiguous(fix.cache, run, 3);
	expect_unmapped(1);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 3, "G1");
	count = 3;
	finish();
}

Test(zero_on_free, what_the_hal_gives_and_nothing_reaches_goes_back)
{
	make_unmapped();
	fix.cache->host.ops.fill_frame = NULL;
	cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_UNMAPPED);
	fix.faults = 0;
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 3, SIZE), FMAG_HPA_NONE);
	expect_unmapped(1);
	cr_assert_eq(test_hal_out(&fix.hal), 0, "G1");
	finish();
}

static fmag_hpa_t frame_of_the_handler;

static void free_frame(void *ctx)
{
	(void)ctx;
	if (frame_of_the_handler != FMAG_HPA_NONE)
		fmag_dealloc_frame(fix.cache, frame_of_the_handler);
	frame_of_the_handler = FMAG_HPA_NONE;
}

Test(zero_on_free,
	g6_one_freed_in_a_handler_that_may_not_fill_it_is_quarantined)
{
	fmag_hpa_t other;

	make_unmapped();
	frame_of_the_handler = fmag_alloc_frame(fix.cache);
	other = fmag_alloc_frame(fix.cache);
	fix.hal.inside_fill = free_frame;
	fmag_dealloc_frame(fix.cache, other);
	fix.hal.inside_fill = NULL;
	expect_unmapped(1);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 1, "G1");
	count = 1;
	finish();
}

/* A double free is seen as before. */
ON_EACH_FRONT(a_frame_freed_twice_in_a_row_is_a_fault)
{
	fmag_hpa_t frame;

	make(front, readable());
	frame = fmag_alloc_frame(fix.cache);
	fmag_dealloc_frame(fix.cache, frame);
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_DOUBLE_FREE);
	fix.faults = 0;
	finish();
}

static void do_something(uint64_t *rng)
{
	fixture_play(&fix, (unsigned)rng_below(rng, CPUS));
	switch (rng_below(rng, 8)) {
	case 0:
	case 1:
	case 2:
		if (count == FRAMES)
			break;
		mine[count] = rng_below(rng, 2) == 0
			? fmag_alloc_frame(fix.cache)
			: fmag_alloc_frame_zeroed(fix.cache);
		if (mine[count] == FMAG_HPA_NONE)
			break;
		expect_no_secret(mine[count], 1);
		write_secret(mine[count++], 1);
		break;
	case 3:
		fmag_cache_drain(fix.cache, rng_below(rng, 4));
		break;
	case 4:
		fmag_cache_trim_unused(fix.cache, rng_below(rng, 4));
		break;
	default:
		if (count > 0)
			fmag_dealloc_frame(fix.cache, mine[--count]);
	}
}

ON_EACH_FRONT(whatever_comes_in_whatever_order_no_secret_is_handed_on)
{
	uint64_t rng = 11;

	make(front, readable());
	for (unsigned turn = 0; turn < 20000; turn++) {
		do_something(&rng);
		cr_assert_eq(
			fixture_stats(&fix).frames_with_callers, count, "G1");
	}
	fixture_play(&fix, 0);
	finish();
}

static struct fmag_retirer *retirer;

/* Found by an alloc, or given back by a poll. */
static void retire_one_of_all(struct played_grace *grace)
{
	const struct fmag_grace_source source = played_grace_source(grace);

	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, NULL),
		FMAG_OK);
	count = fmag_alloc_frames(fix.cache, mine, FRAMES);
	cr_assert_eq(count, FRAMES);
	write_secret(mine[--count], 1);
	cr_assert_eq(fmag_retire_frame(fix.cache, mine[count]), FMAG_OK);
	fmag_retire_flush(fix.cache);
	played_grace_complete(grace);
}

ON_EACH_FRONT(a_retired_frame_is_zero_when_an_alloc_finds_it)
{
	struct played_grace grace = { 0 };

	make(front, readable());
	retire_one_of_all(&grace);
	cr_assert_eq(fmag_alloc_frame(fix.cache), mine[count]);
	expect_no_secret(mine[count], 1);
	count++;
	finish();
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
}

ON_EACH_FRONT(a_retired_frame_is_zero_when_its_grace_is_over)
{
	struct played_grace grace = { 0 };

	make(front, readable());
	retire_one_of_all(&grace);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 1);
	expect_no_secret(mine[count], 1);
	finish();
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
}

/* Only the HAL can zero, and does not bear that here. */
static fmag_hpa_t of_handler;

static void alloc_in_a_handler(void *ctx)
{
	(void)ctx;
	fix.hal.inside_alloc = NULL;
	of_handler = fmag_alloc_frame(fix.cache);
	fmag_retire_poll(fix.cache, SIZE_MAX);
}

ON_EACH_FRONT(g6_a_handler_leaves_what_was_retired_and_it_cannot_zero)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct played_grace grace = { 0 };

	options.readable = true;
	options.unmapped = true;
	make(front, options);
	retire_one_of_all(&grace);
	played_grace_complete(&grace);
	fix.hal.inside_alloc = alloc_in_a_handler;
	mine[count] = fmag_alloc_frame(fix.cache);
	cr_assert_neq(mine[count++], FMAG_HPA_NONE);
	cr_assert_eq(of_handler, FMAG_HPA_NONE);
	finish();
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
}

ON_EACH_FRONT(what_a_reserve_gives_up_is_zero)
{
	struct fmag_reserve reserve;

	make(front, readable());
	fmag_reserve_init(&reserve, fix.cache);
	cr_assert_eq(fmag_reserve_topup(&reserve, 3), FMAG_OK);
	for (size_t i = 0; i < 3; i++)
		write_secret(reserve.frames[i], 1);
	fmag_reserve_park(&reserve);
	for (size_t i = 0; i < 3; i++)
		expect_no_secret(reserve.frames[i], 1);
	fmag_reserve_fini(&reserve);
	finish();
}

/* Retired, unmapped and found where the HAL may not be called to zero it: left. */

static void retire_one_unmapped(struct played_grace *grace)
{
	const struct fmag_grace_source source = played_grace_source(grace);

	make_unmapped();
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, NULL),
		FMAG_OK);
	count = fmag_alloc_frames(fix.cache, mine, FRAMES);
	cr_assert_eq(count, FRAMES);
	cr_assert_eq(fmag_retire_frame(fix.cache, mine[--count]), FMAG_OK);
	fmag_retire_flush(fix.cache);
	played_grace_complete(grace);
	fix.hal.filled_with = 1;
}

/* It is there for whoever may call it. */
static void expect_it_is_left(void)
{
	cr_assert_eq(fmag_alloc_frame(fix.cache), mine[count]);
	cr_assert_eq(fix.hal.filled_with, 0);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 0);
	count++;
	finish();
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
}

Test(zero_on_free, an_alloc_that_never_calls_the_hal_leaves_a_retired_one)
{
	struct played_grace grace = { 0 };

	retire_one_unmapped(&grace);
	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(fix.hal.filled_with, 1, "the HAL was not called");
	expect_it_is_left();
}

static fmag_hpa_t found_by_the_handler;

static void alloc_frame(void *ctx)
{
	(void)ctx;
	found_by_the_handler = fmag_alloc_frame(fix.cache);
}

Test(zero_on_free, g6_so_does_one_in_a_handler_that_interrupted_the_hal)
{
	struct played_grace grace = { 0 };

	retire_one_unmapped(&grace);
	fix.hal.inside_alloc = alloc_frame;
	found_by_the_handler = 1;
	expect_it_is_left();
	cr_assert_eq(found_by_the_handler, FMAG_HPA_NONE);
}
