/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames whose memory is bad: nobody gets them any more (G1).
 */
#include <criterion/criterion.h>

#include "support/fixture.h"

#define FRAMES 32

static struct fixture fix;
static fmag_hpa_t frames[FRAMES];

static void setup(void)
{
	fixture_init_simple(&fix, FRAMES, 2, 4, 16);
}

TestSuite(quarantine, .init = setup);

Test(quarantine, g1_a_frame_in_it_is_neither_cached_nor_with_a_caller)
{
	fmag_quarantine_frame(fix.cache, fmag_alloc_frame(fix.cache));
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 1);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 1);
}

Test(quarantine, nobody_gets_it_any_more)
{
	fmag_hpa_t bad = fmag_alloc_frame(fix.cache);

	fmag_quarantine_frame(fix.cache, bad);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, FRAMES), FRAMES - 1);
	for (size_t i = 0; i < FRAMES - 1; i++)
		cr_assert_neq(frames[i], bad);
	fmag_dealloc_frames(fix.cache, frames, FRAMES - 1);
	cr_assert_eq(fmag_cache_drain(fix.cache, SIZE_MAX), FRAMES - 1);
	cr_assert(fix.hal.is_out[test_hal_index(&fix.hal, bad)],
		"nor does the HAL");
	fixture_fini(&fix, 1);
}

Test(quarantine, what_is_no_frame_is_a_fault)
{
	fmag_quarantine_frame(fix.cache, FMAG_HPA_NONE);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	fmag_quarantine_frame(fix.cache, TEST_HAL_BASE + 8);
	cr_assert_eq(fix.faults, 2);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 0);
	fixture_fini(&fix, 0);
}

static void quarantine_in_a_handler(void *ctx)
{
	(void)ctx;
	fmag_quarantine_frame(fix.cache, frames[0]);
}

Test(quarantine, g6_a_handler_may_do_it_inside_the_hal)
{
	frames[0] = fmag_alloc_frame(fix.cache);
	fix.hal.inside_alloc = quarantine_in_a_handler;
	cr_assert_neq(fmag_alloc_contiguous(fix.cache, 1, TEST_HAL_FRAME_SIZE),
		FMAG_HPA_NONE);
	fix.hal.inside_alloc = NULL;
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 1);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 1);
	fixture_fini(&fix, 2);
}
