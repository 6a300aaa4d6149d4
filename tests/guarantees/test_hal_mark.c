/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G6 inside a HAL call: a handler that interrupts one leaves that HAL alone,
 * whatever it does, and is served from the caches. The handlers are called by
 * the test HAL, which dies when its thread enters it again.
 */
#include <criterion/criterion.h>

#include "support/fixture.h"

#define FRAMES  64
#define ROUNDS  4
#define TOO_BIG (2 * FRAMES) /* a run that the HAL does not have */

static struct fixture fix;
static fmag_hpa_t got; /* what the handler had */
static fmag_hpa_t run; /* what it gives back */
static unsigned calls;

static void setup(void)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct fmag_config config = fixture_config(&fix, 1, ROUNDS, 8);

	options.unmapped = true;
	fixture_init(&fix, options, &config);
	got = 1;
}

TestSuite(hal_mark, .init = setup);

static void expect_a_handler_without_frame(void)
{
	cr_assert_eq(calls, 1, "the HAL was called once");
	cr_assert_eq(got, FMAG_HPA_NONE, "the caches were empty");
	cr_assert_eq(fix.faults, 0);
}

static void allocates(void *cache)
{
	calls++;
	got = fmag_alloc_frame(cache);
}

static void allocates_a_run(void *cache)
{
	calls++;
	got = fmag_alloc_contiguous(cache, 2, TEST_HAL_FRAME_SIZE);
}

static void gives_a_run_back(void *cache)
{
	calls++;
	fmag_dealloc_contiguous(cache, run, 4);
}

static void (*first_handler)(void *cache);

/* The HAL is asked again when the cache has given it all. */
static void interrupt_once(void *cache)
{
	fix.hal.inside_alloc = NULL;
	first_handler(cache);
}

/* Fails, and calls the handler inside. */
static void ask_for_too_much(void (*handler)(void *cache))
{
	fix.hal.inside_ctx = fix.cache;
	fix.hal.inside_alloc = interrupt_once;
	first_handler = handler;
	cr_assert_eq(
		fmag_alloc_contiguous(fix.cache, TOO_BIG, TEST_HAL_FRAME_SIZE),
		FMAG_HPA_NONE);
	cr_assert_null(fix.hal.inside_alloc, "the HAL was called");
}

Test(hal_mark, g6_an_alloc_during_an_alloc_leaves_the_hal_alone)
{
	fmag_hpa_t frame;

	fix.hal.inside_ctx = fix.cache;
	fix.hal.inside_alloc = allocates;
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_neq(frame, FMAG_HPA_NONE);
	expect_a_handler_without_frame();
	fmag_dealloc_frame(fix.cache, frame);
	fixture_fini(&fix, 0);
}

Test(hal_mark, g6_an_alloc_while_the_hal_looks_for_a_run_leaves_it_alone)
{
	ask_for_too_much(allocates);
	expect_a_handler_without_frame();
	fixture_fini(&fix, 0);
}

Test(hal_mark, g6_a_run_is_not_asked_for_during_a_hal_call)
{
	ask_for_too_much(allocates_a_run);
	expect_a_handler_without_frame();
	fixture_fini(&fix, 0);
}

Test(hal_mark, g6_a_run_given_back_during_a_hal_call_is_quarantined_whole)
{
	run = fmag_alloc_contiguous(fix.cache, 4, TEST_HAL_FRAME_SIZE);
	ask_for_too_much(gives_a_run_back);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NO_ROOM);
	cr_assert_eq(fix.last_fault.paddr, run);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 4);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0, "G1");
	fixture_fini(&fix, 4);
}

Test(hal_mark, g6_an_alloc_while_a_run_goes_back_leaves_the_hal_alone)
{
	run = fmag_alloc_contiguous(fix.cache, 4, TEST_HAL_FRAME_SIZE);
	fix.hal.inside_ctx = fix.cache;
	fix.hal.inside_dealloc = allocates;
	fmag_dealloc_contiguous(fix.cache, run, 4);
	expect_a_handler_without_frame();
	fix.hal.inside_dealloc = NULL;
	fixture_fini(&fix, 0);
}

/* The mark is the thread's: it covers every cache over the same HAL. */
Test(hal_mark, g6_another_cache_leaves_the_hal_alone_during_destroy)
{
	const struct fmag_config config = fixture_config(&fix, 1, ROUNDS, 8);
	struct fmag_cache *other;

	cr_assert_eq(fmag_cache_create(&other, &fix.hal.hal, &config), FMAG_OK);
	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	fix.hal.inside_ctx = other;
	fix.hal.inside_dealloc = allocates;
	fixture_fini(&fix, 0);
	expect_a_handler_without_frame();
	cr_assert_eq(fmag_cache_destroy(other), 0);
}

/* Filling frames that are not mapped is a HAL call, too. */

static enum fmag_status zero_status;

static void zeroes(void *cache)
{
	struct fmag_phys_frame frame;

	calls++;
	zero_status = fmag_phys_frame_alloc_zero(cache, &frame);
}

static void fills(void *cache)
{
	struct fmag_phys_frame frame = fmag_phys_frame_from_raw(cache, run);

	calls++;
	fmag_phys_frame_fill(&frame, 7);
}

static void fills_through_the_hal(void *cache)
{
	const struct fmag_hal hal = fmag_cache_as_hal(cache);

	calls++;
	hal.ops->fill_frame(hal.ctx, run, 7);
}

Test(hal_mark, g6_an_alloc_while_a_frame_is_filled_leaves_the_hal_alone)
{
	struct fmag_phys_frame frames[ROUNDS / 2];

	/* All of the first run: the caches are empty. */
	for (size_t i = 0; i < ROUNDS / 2; i++)
		cr_assert_eq(
			fmag_phys_frame_alloc(fix.cache, &frames[i]), FMAG_OK);
	fix.hal.inside_ctx = fix.cache;
	fix.hal.inside_fill = allocates;
	fmag_phys_frame_fill(&frames[0], 7);
	cr_assert_eq(fix.hal.filled_with, 7);
	expect_a_handler_without_frame();
	fixture_fini(&fix, ROUNDS / 2);
}

Test(hal_mark, g6_a_zeroed_frame_is_busy_during_a_hal_call_and_none_is_lost)
{
	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	fix.hal.filled_with = 1;
	ask_for_too_much(zeroes);
	cr_assert_eq(zero_status, FMAG_ERR_BUSY);
	cr_assert_eq(fix.hal.filled_with, 1, "the HAL was not entered");
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

static void expect_a_fill_that_faults(void (*handler)(void *cache))
{
	run = fmag_alloc_frame(fix.cache);
	ask_for_too_much(handler);
	cr_assert_eq(calls, 1);
	cr_assert_eq(fix.hal.filled_with, 0, "the HAL was not entered");
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_UNMAPPED);
	cr_assert_eq(fix.last_fault.paddr, run);
	fixture_fini(&fix, 1);
}

Test(hal_mark, g6_a_fill_during_a_hal_call_is_a_fault)
{
	expect_a_fill_that_faults(fills);
}

Test(hal_mark, g6_a_fill_by_the_cache_as_hal_is_a_fault_too)
{
	expect_a_fill_that_faults(fills_through_the_hal);
}
