/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HALs that are incomplete, that lack verbs, that fail, and that lie.
 */
#include <criterion/criterion.h>

#include "support/fixture.h"

#define ROUNDS 8

static struct fixture fix;

static void init_with(struct test_hal_options options)
{
	struct fmag_config config = fixture_config(&fix, 2, ROUNDS, 8);

	fixture_init(&fix, options, &config);
}

static fmag_hpa_t take_all(fmag_hpa_t *frames, size_t *count)
{
	while ((frames[*count] = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		(*count)++;
	return frames[0];
}

Test(hal, one_with_the_four_verbs_alone_is_enough)
{
	fmag_hpa_t frames[65];
	size_t count = 0;

	init_with((struct test_hal_options){ .frames = 64 });
	take_all(frames, &count);
	cr_assert_eq(count, 64);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 2, 4096), FMAG_HPA_NONE,
		"no such verb");
	fmag_dealloc_frames(fix.cache, frames, count);
	fmag_dealloc_contiguous(fix.cache, TEST_HAL_BASE, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_INVALID_REQUEST);
	fixture_fini(&fix, 0);
}

Test(hal, a_cache_as_hal_lacks_the_verbs_its_host_lacks)
{
	struct fmag_hal hal;

	init_with((struct test_hal_options){ .frames = 64 });
	hal = fmag_cache_as_hal(fix.cache);
	cr_assert_null(hal.ops->alloc_contiguous);
	cr_assert_null(hal.ops->dealloc_contiguous);
	cr_assert_null(hal.ops->fill_frame);
	cr_assert_not_null(hal.ops->alloc_frames);
	fixture_fini(&fix, 0);
}

Test(hal, verbs_beyond_its_struct_size_count_as_missing)
{
	fmag_hpa_t frame;

	init_with(fixture_hal_options(64));
	fixture_fini(&fix, 0);

	test_hal_init(&fix.hal, fixture_hal_options(64));
	fix.hal.ops.struct_size = offsetof(struct fmag_hal_ops, alloc_frames);
	cr_assert_eq(
		fmag_cache_create(&fix.cache, &fix.hal.hal, NULL), FMAG_OK);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 1, 1), FMAG_HPA_NONE);
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_neq(frame, FMAG_HPA_NONE);
	fmag_dealloc_frame(fix.cache, frame);
	fixture_fini(&fix, 0);
}

static void lie_in_a_refill(bool bulk, enum test_hal_lie lie,
	enum fmag_fault_kind kind, size_t usable)
{
	struct test_hal_options options = fixture_hal_options(64);
	fmag_hpa_t frame;

	options.bulk = bulk;
	init_with(options);
	fix.hal.lie = lie;
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_neq(frame, FMAG_HPA_NONE);
	cr_assert_eq(frame % TEST_HAL_FRAME_SIZE, 0);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, kind);
	cr_assert_eq(fixture_stats(&fix).frames_from_hal, usable);
	cr_assert_eq(test_hal_out(&fix.hal), usable, "nothing is lost");
	fmag_dealloc_frame(fix.cache, frame);
	fixture_fini(&fix, 0);
}

Test(hal, a_misaligned_frame_is_a_fault_and_goes_back)
{
	lie_in_a_refill(true, TEST_HAL_MISALIGNED, FMAG_FAULT_HAL_BAD_FRAME,
		ROUNDS / 2 - 1);
	lie_in_a_refill(false, TEST_HAL_MISALIGNED, FMAG_FAULT_HAL_BAD_FRAME,
		ROUNDS / 2 - 1);
}

Test(hal, a_repeat_within_one_refill_is_a_fault_and_used_once)
{
	lie_in_a_refill(
		true, TEST_HAL_REPEATS, FMAG_FAULT_HAL_REPEAT, ROUNDS / 2 - 1);
}

Test(hal, more_frames_than_were_asked_for_is_a_fault)
{
	lie_in_a_refill(true, TEST_HAL_OVERCOUNTS, FMAG_FAULT_HAL_OVERCOUNT,
		ROUNDS / 2);
}

Test(hal, a_misaligned_run_is_a_fault_and_goes_back)
{
	init_with(fixture_hal_options(64));
	fix.hal.lie = TEST_HAL_MISALIGNED;
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 4, 4096), FMAG_HPA_NONE);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_HAL_BAD_FRAME);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	fixture_fini(&fix, 0);
}

Test(hal, one_incomplete_or_with_an_odd_frame_size_is_refused)
{
	struct fmag_cache *cache = (void *)&fix;
	struct test_hal good;
	struct fmag_hal hal;
	struct fmag_hal_ops ops;

	test_hal_init(&good, fixture_hal_options(1));
	cr_assert_eq(fmag_cache_create(&cache, NULL, NULL), FMAG_ERR_INVALID);
	cr_assert_null(cache, "NULL unless FMAG_OK");
	cr_assert_eq(
		fmag_cache_create(NULL, &good.hal, NULL), FMAG_ERR_INVALID);

#define refuse(change)                                              \
	do {                                                        \
		hal = good.hal;                                     \
		ops = good.ops;                                     \
		hal.ops = &ops;                                     \
		change;                                             \
		cr_assert_eq(fmag_cache_create(&cache, &hal, NULL), \
			FMAG_ERR_INVALID, #change);                 \
		cr_assert_null(cache);                              \
	} while (0)
	refuse(hal.ops = NULL);
	refuse(ops.struct_size = 0);
	refuse(ops.struct_size = 8);
	refuse(ops.alloc_frame = NULL);
	refuse(ops.dealloc_frame = NULL);
	refuse(ops.phys_to_virt = NULL);
	refuse(ops.virt_to_phys = NULL);
	refuse(hal.frame_size = 0);
	refuse(hal.frame_size = 256);
	refuse(hal.frame_size = 4097);
	refuse(hal.frame_size = 3 << 12);
	test_hal_fini(&good);
}

Test(hal, one_with_frames_of_512_bytes_or_of_1_gib_is_served)
{
	const size_t sizes[] = { 512, (size_t)1 << 30 };

	for (size_t i = 0; i < 2; i++) {
		struct test_hal good;
		struct fmag_cache *cache;

		test_hal_init(&good, fixture_hal_options(1));
		good.hal.frame_size = sizes[i];
		cr_assert_eq(
			fmag_cache_create(&cache, &good.hal, NULL), FMAG_OK);
		cr_assert_eq(fmag_frame_size(cache), sizes[i]);
		cr_assert_eq(fmag_cache_destroy(cache), 0);
		test_hal_fini(&good);
	}
}
