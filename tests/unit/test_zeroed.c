/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag_alloc_frame_zeroed() where nobody zeroes ahead: in place.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/each_front.h"
#include "support/fixture.h"

#define FRAMES 16

static struct fixture fix;

static void init_on(enum fmag_front_kind front, struct test_hal_options options)
{
	struct fmag_config config = fixture_config(&fix, 2, 4, 8);

	fixture_init_on(&fix, front, options, &config);
}

static struct test_hal_options readable(void)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.readable = true;
	return options;
}

static struct test_hal_options unmapped(bool fill)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.unmapped = true;
	options.fill = fill;
	return options;
}

static bool is_filled_with(fmag_hpa_t frame, unsigned char byte)
{
	const unsigned char *bytes = fmag_phys_to_virt(fix.cache, frame);
	size_t i = 0;

	while (i < TEST_HAL_FRAME_SIZE && bytes[i] == byte)
		i++;
	return i == TEST_HAL_FRAME_SIZE;
}

/* All frames are written to, and free again. */
static void write_secrets(void)
{
	fmag_hpa_t frames[FRAMES];

	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, FRAMES), FRAMES);
	for (size_t i = 0; i < FRAMES; i++)
		memset(fmag_phys_to_virt(fix.cache, frames[i]), 0xa5,
			TEST_HAL_FRAME_SIZE);
	fmag_dealloc_frames(fix.cache, frames, FRAMES);
}

TestSuite(zeroed);

TEST_ON_EACH_PLAYED_FRONT(
	zeroed, a_frame_that_was_written_is_zero_when_it_comes, .timeout = 60)
{
	fmag_hpa_t frames[FRAMES];

	init_on(front, readable());
	write_secrets();
	for (size_t i = 0; i < FRAMES; i++) {
		fixture_play(&fix, (unsigned)(i % 2));
		frames[i] = fmag_alloc_frame_zeroed(fix.cache);
		cr_assert_neq(frames[i], FMAG_HPA_NONE, "frame %zu", i);
		cr_assert(is_filled_with(frames[i], 0));
	}
	cr_assert_eq(fmag_alloc_frame_zeroed(fix.cache), FMAG_HPA_NONE);
	fmag_dealloc_frames(fix.cache, frames, FRAMES);
	fixture_fini(&fix, 0);
}

TEST_ON_OWNER(
	zeroed, a_frame_that_was_written_is_zero_when_it_comes, .timeout = 60)

Test(zeroed, g5_frames_that_are_not_asked_for_stay_as_they_are)
{
	fmag_hpa_t other, zeroed;

	init_on(FMAG_FRONT_CLAIM, readable());
	write_secrets();
	zeroed = fmag_alloc_frame_zeroed(fix.cache);
	while ((other = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE) {
		cr_assert(is_filled_with(other, 0xa5));
		fmag_quarantine_frame(fix.cache, other);
	}
	fmag_dealloc_frame(fix.cache, zeroed);
	fixture_fini(&fix, FRAMES - 1);
}

Test(zeroed, an_unmapped_frame_is_zeroed_by_the_hals_fill_frame)
{
	fmag_hpa_t frame;

	init_on(FMAG_FRONT_CLAIM, unmapped(true));
	fix.hal.filled_with = 1;
	frame = fmag_alloc_frame_zeroed(fix.cache);
	cr_assert_neq(frame, FMAG_HPA_NONE);
	cr_assert_eq(fix.hal.filled_with, 0);
	fmag_dealloc_frame(fix.cache, frame);
	fixture_fini(&fix, 0);
}

static struct fmag_phys_frame handle;
static enum fmag_status status;
static fmag_hpa_t nested;

static void alloc_zeroed_in_a_handler(void *ctx)
{
	(void)ctx;
	nested = fmag_alloc_frame_zeroed(fix.cache);
	status = fmag_phys_frame_alloc_zero(fix.cache, &handle);
}

Test(zeroed, one_that_cannot_be_zeroed_goes_back_and_its_handle_says_why)
{
	init_on(FMAG_FRONT_CLAIM, unmapped(false));
	cr_assert_eq(fmag_alloc_frame_zeroed(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &handle),
		FMAG_ERR_UNSUPPORTED);
	cr_assert_null(handle.cache);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0, "G1");
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

Test(zeroed, in_a_handler_that_interrupted_the_hal_it_says_busy)
{
	fmag_hpa_t frame;

	init_on(FMAG_FRONT_CLAIM, unmapped(true));
	frame = fmag_alloc_frame(fix.cache);
	fix.hal.inside_fill = alloc_zeroed_in_a_handler;
	nested = 1;
	cr_assert_eq(fmag_cache_fill(fix.cache, frame, 7), FMAG_OK);
	cr_assert_eq(nested, FMAG_HPA_NONE);
	cr_assert_eq(status, FMAG_ERR_BUSY);
	cr_assert_null(handle.cache);
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0, "G1");
	fixture_fini(&fix, 0);
}

Test(zeroed, a_dry_hal_is_no_memory)
{
	init_on(FMAG_FRONT_CLAIM, readable());
	fix.hal.fail_all = true;
	cr_assert_eq(fmag_alloc_frame_zeroed(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &handle),
		FMAG_ERR_NO_MEMORY);
	cr_assert_null(handle.cache);
	fixture_fini(&fix, 0);
}
