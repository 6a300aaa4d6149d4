/* SPDX-License-Identifier: BSD-2-Clause */
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "support/fixture.h"

static struct fixture fix;

static void init_with(struct test_hal_options options)
{
	struct fmag_config config = fixture_config(&fix, 1, 4, 8);

	fixture_init(&fix, options, &config);
}

static void init_readable(void)
{
	struct test_hal_options options = fixture_hal_options(16);

	options.readable = true;
	init_with(options);
}

static uint64_t frames_with_callers(void)
{
	return fixture_stats(&fix).frames_with_callers;
}

TestSuite(phys_frame, .init = init_readable);

Test(phys_frame, one_that_is_dropped_gives_its_frame_back)
{
	struct fmag_phys_frame frame;

	cr_assert_eq(fmag_phys_frame_alloc(fix.cache, &frame), FMAG_OK);
	cr_assert_eq(frames_with_callers(), 1);
	fmag_phys_frame_drop(&frame);
	cr_assert_eq(frames_with_callers(), 0);
	fmag_phys_frame_drop(&frame);
	cr_assert_eq(fix.faults, 0, "a second drop does nothing");
	fixture_fini(&fix, 0);
}

Test(phys_frame, a_scoped_one_is_dropped_where_its_scope_ends)
{
	{
		FMAG_SCOPED struct fmag_phys_frame frame =
			FMAG_PHYS_FRAME_UNINIT;
		FMAG_SCOPED struct fmag_phys_frame unused =
			FMAG_PHYS_FRAME_UNINIT;

		fmag_phys_frame_alloc(fix.cache, &frame);
		cr_assert_eq(frames_with_callers(), 1);
		(void)unused;
	}
	cr_assert_eq(frames_with_callers(), 0);
	fixture_fini(&fix, 0);
}

Test(phys_frame, the_handle_given_to_alloc_is_written_never_read)
{
	struct fmag_phys_frame frame;

	memset(&frame, 0xff, sizeof(frame));
	cr_assert_eq(fmag_phys_frame_alloc(fix.cache, &frame), FMAG_OK);
	fmag_phys_frame_drop(&frame);

	memset(&frame, 0xff, sizeof(frame));
	cr_assert_eq(fmag_phys_frame_alloc(NULL, &frame), FMAG_ERR_INVALID);
	fmag_phys_frame_drop(&frame);

	fixture_fini(&fix, 0);
}

Test(phys_frame, one_that_could_not_be_had_is_uninit)
{
	struct fmag_phys_frame frame;

	memset(&frame, 0xff, sizeof(frame));
	fix.hal.fail_all = true;
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &frame),
		FMAG_ERR_NO_MEMORY);
	cr_assert_null(frame.cache);
	fmag_phys_frame_drop(&frame);
	fixture_fini(&fix, 0);
}

Test(phys_frame, a_zeroed_one_is_zero_to_the_last_byte_and_no_further)
{
	struct fmag_phys_frame frame;
	fmag_hpa_t first, second;
	char *bytes;

	first = fmag_alloc_frame(fix.cache);
	second = fmag_alloc_frame(fix.cache);
	cr_assert_eq(second > first ? second - first : first - second,
		TEST_HAL_FRAME_SIZE, "neighbours");
	memset(fmag_phys_to_virt(fix.cache, first), 0xaa, TEST_HAL_FRAME_SIZE);
	memset(fmag_phys_to_virt(fix.cache, second), 0xbb, TEST_HAL_FRAME_SIZE);
	fmag_dealloc_frame(fix.cache, first);
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &frame), FMAG_OK);
	cr_assert_eq(fmag_phys_frame_start_paddr(&frame), first);
	bytes = fmag_phys_frame_as_mut_ptr(&frame);
	for (size_t i = 0; i < TEST_HAL_FRAME_SIZE; i++)
		cr_assert_eq(bytes[i], 0, "byte %zu", i);
	bytes = fmag_phys_to_virt(fix.cache, second);
	cr_assert_eq(bytes[0], (char)0xbb);
	cr_assert_eq(bytes[TEST_HAL_FRAME_SIZE - 1], (char)0xbb);

	fmag_phys_frame_fill(&frame, 0x5a);
	bytes = fmag_phys_frame_as_mut_ptr(&frame);
	cr_assert_eq(bytes[TEST_HAL_FRAME_SIZE - 1], 0x5a);
	fmag_phys_frame_drop(&frame);
	fmag_dealloc_frame(fix.cache, second);
	fixture_fini(&fix, 0);
}

Test(phys_frame, a_move_hands_the_frame_on)
{
	struct fmag_phys_frame from, to;

	fmag_phys_frame_alloc(fix.cache, &from);
	to = fmag_phys_frame_move(&from);
	fmag_phys_frame_drop(&from);
	cr_assert_eq(frames_with_callers(), 1);
	fmag_phys_frame_drop(&to);
	cr_assert_eq(frames_with_callers(), 0);
	fixture_fini(&fix, 0);
}

Test(phys_frame, into_raw_and_from_raw_keep_the_frame)
{
	struct fmag_phys_frame frame;
	fmag_hpa_t raw;

	fmag_phys_frame_alloc(fix.cache, &frame);
	raw = fmag_phys_frame_into_raw(&frame);
	cr_assert_null(frame.cache);
	cr_assert_eq(fmag_phys_frame_into_raw(&frame), FMAG_HPA_NONE);
	frame = fmag_phys_frame_from_raw(fix.cache, raw);
	cr_assert_eq(fmag_phys_frame_start_paddr(&frame), raw);
	fmag_phys_frame_drop(&frame);

	frame = fmag_phys_frame_from_raw(fix.cache, FMAG_HPA_NONE);
	cr_assert_null(frame.cache);
	frame = fmag_phys_frame_from_raw(NULL, raw);
	cr_assert_null(frame.cache);
	fixture_fini(&fix, 0);
}

Test(phys_frame, an_uninit_one_panics_when_its_address_is_read,
	.signal = SIGABRT)
{
	struct fmag_phys_frame frame = fmag_phys_frame_uninit();

	fmag_phys_frame_start_paddr(&frame);
}

Test(phys_frame, an_uninit_one_panics_when_it_is_filled, .signal = SIGABRT)
{
	struct fmag_phys_frame frame = fmag_phys_frame_uninit();

	fmag_phys_frame_fill(&frame, 1);
}

Test(phys_frame, an_uninit_one_panics_when_its_memory_is_asked_for,
	.signal = SIGABRT)
{
	static struct fmag_phys_frame frame;

	fmag_phys_frame_as_mut_ptr(&frame);
}

/* Frames that the host cannot reach, with and without fill_frame. */

TestSuite(unmapped_phys_frame);

static void init_unmapped(bool fill)
{
	struct test_hal_options options = fixture_hal_options(16);

	options.unmapped = true;
	options.fill = fill;
	init_with(options);
}

Test(unmapped_phys_frame, one_is_zeroed_by_the_hals_fill_frame)
{
	struct fmag_phys_frame frame;

	init_unmapped(true);
	fix.hal.filled_with = 1;
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &frame), FMAG_OK);
	cr_assert_eq(fix.hal.filled_with, 0);
	cr_assert_null(fmag_phys_frame_as_mut_ptr(&frame));
	fmag_phys_frame_fill(&frame, 7);
	cr_assert_eq(fix.hal.filled_with, 7);
	fmag_phys_frame_drop(&frame);
	fixture_fini(&fix, 0);
}

Test(unmapped_phys_frame, one_without_fill_frame_cannot_be_zeroed)
{
	struct fmag_phys_frame frame;

	init_unmapped(false);
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &frame),
		FMAG_ERR_UNSUPPORTED);
	cr_assert_null(frame.cache);
	cr_assert_eq(frames_with_callers(), 0, "nothing was allocated");
	cr_assert_eq(fmag_phys_frame_alloc(fix.cache, &frame), FMAG_OK);
	fmag_phys_frame_fill(&frame, 7);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_UNMAPPED);
	fmag_phys_frame_drop(&frame);
	fixture_fini(&fix, 0);
}
