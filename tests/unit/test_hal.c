/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HALs that are incomplete, that lack verbs, that fail, and that lie.
 */
#include <criterion/criterion.h>

#include "cache/cache.h"
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
	struct fmag_hal upper;

	init_with((struct test_hal_options){ .frames = 64 });
	upper = fmag_cache_as_hal(fix.cache);
	cr_assert_null(upper.ops->alloc_contiguous);
	cr_assert_null(upper.ops->dealloc_contiguous);
	cr_assert_null(upper.ops->fill_frame);
	cr_assert_not_null(upper.ops->alloc_frames);
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

Test(hal, no_more_than_a_run_is_taken_in_one_call)
{
	fmag_hpa_t frames[FMAG_HAL_RUN + 8];
	struct fmag_host *host;
	unsigned flags;

	init_with(fixture_hal_options(2 * FMAG_HAL_RUN));
	host = &fix.cache->host;
	cr_assert_eq(fmag_host_take(host, FMAG_NODE_ANY, frames,
			     FMAG_HAL_RUN + 8, &flags),
		FMAG_HAL_RUN);
	cr_assert_eq(flags, 0);
	cr_assert_eq(fix.hal.calls, 1);
	fmag_host_give(host, frames, FMAG_HAL_RUN);
	fixture_fini(&fix, 0);
}

Test(hal, none_among_frames_is_a_fault_and_does_not_go_back)
{
	lie_in_a_refill(true, TEST_HAL_NONE_AMONG, FMAG_FAULT_HAL_BAD_FRAME,
		ROUNDS / 2 - 1);
}

Test(hal, a_frame_counted_and_not_written_is_a_fault_and_never_an_old_one)
{
	fmag_hpa_t frames[2 * ROUNDS];

	init_with(fixture_hal_options(64));
	for (size_t i = 0; i < ROUNDS / 2; i++)
		frames[i] = fmag_alloc_frame(fix.cache);
	fix.hal.lie = TEST_HAL_LEAVES_ONE_OUT;
	for (size_t i = ROUNDS / 2; i < 2 * ROUNDS; i++)
		frames[i] = fmag_alloc_frame(fix.cache);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_HAL_BAD_FRAME);
	cr_assert_eq(fix.last_fault.paddr, FMAG_HPA_NONE);
	for (size_t i = 0; i < 2 * ROUNDS; i++) {
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(frames[i], frames[j], "G2");
	}
	fmag_dealloc_frames(fix.cache, frames, 2 * ROUNDS);
	fixture_fini(&fix, 0);
}

Test(hal, a_run_less_aligned_than_asked_is_a_fault_and_goes_back)
{
	init_with(fixture_hal_options(64));
	fix.hal.lie = TEST_HAL_LESS_ALIGNED;
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 4, 16384), FMAG_HPA_NONE);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_HAL_BAD_FRAME);
	cr_assert_eq(fix.last_fault.paddr, TEST_HAL_BASE + 4096);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	fixture_fini(&fix, 0);
}

Test(hal, a_run_longer_than_memory_is_none_and_not_asked_for)
{
	const size_t most = SIZE_MAX / TEST_HAL_FRAME_SIZE;

	init_with(fixture_hal_options(64));
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, most + 1, 4096),
		FMAG_HPA_NONE);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, SIZE_MAX, 4096),
		FMAG_HPA_NONE);
	cr_assert_eq(fix.hal.calls, 0);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

/* Runs of the last two frames there are, whatever was asked for. */

#define LAST_TWO ((fmag_hpa_t)0 - 2 * TEST_HAL_FRAME_SIZE)

static size_t runs_out;

static fmag_hpa_t alloc_last_two(void *ctx, size_t count, size_t align)
{
	(void)ctx;
	(void)count;
	(void)align;
	runs_out++;
	return LAST_TWO;
}

static void dealloc_last_two(void *ctx, fmag_hpa_t run, size_t count)
{
	(void)ctx;
	(void)run;
	(void)count;
	runs_out--;
}

Test(hal, a_run_past_the_end_of_memory_is_a_fault_and_goes_back)
{
	const struct fmag_config config = fixture_config(&fix, 2, ROUNDS, 8);

	test_hal_init(&fix.hal, fixture_hal_options(64));
	fix.hal.ops.alloc_contiguous = alloc_last_two;
	fix.hal.ops.dealloc_contiguous = dealloc_last_two;
	cr_assert_eq(
		fmag_cache_create(&fix.cache, &fix.hal.hal, &config), FMAG_OK);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 3, 4096), FMAG_HPA_NONE);
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_HAL_BAD_FRAME);
	cr_assert_eq(runs_out, 0);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 2, 4096), LAST_TWO,
		"up to the end is not past it");
	fmag_dealloc_contiguous(fix.cache, LAST_TWO, 2);
	fixture_fini(&fix, 0);
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

/* HALs that are good but for one change. */

static struct test_hal good;
static struct fmag_hal hal;
static struct fmag_hal_ops ops;

static void begin_good(void)
{
	hal = good.hal;
	ops = good.ops;
	hal.ops = &ops;
}

static void expect_refusal(const char *change)
{
	struct fmag_cache *cache = (void *)&fix;

	cr_assert_eq(fmag_cache_create(&cache, &hal, NULL), FMAG_ERR_INVALID,
		"%s", change);
	cr_assert_null(cache, "NULL unless FMAG_OK");
}

#define REFUSE(change) (begin_good(), change, expect_refusal(#change))

Test(hal, one_incomplete_or_with_an_odd_frame_size_is_refused)
{
	test_hal_init(&good, fixture_hal_options(1));
	REFUSE(hal.ops = NULL);
	REFUSE(ops.struct_size = 0);
	REFUSE(ops.struct_size = 8);
	REFUSE(ops.alloc_frame = NULL);
	REFUSE(ops.dealloc_frame = NULL);
	REFUSE(ops.phys_to_virt = NULL);
	REFUSE(ops.virt_to_phys = NULL);
	REFUSE(hal.frame_size = 0);
	REFUSE(hal.frame_size = 256);
	REFUSE(hal.frame_size = 4097);
	REFUSE(hal.frame_size = 3 << 12);
	test_hal_fini(&good);
}

Test(hal, one_with_one_of_the_two_contiguous_verbs_is_refused)
{
	test_hal_init(&good, fixture_hal_options(1));
	REFUSE(ops.alloc_contiguous = NULL);
	REFUSE(ops.dealloc_contiguous = NULL);
	REFUSE(ops.struct_size =
			offsetof(struct fmag_hal_ops, dealloc_contiguous));
	test_hal_fini(&good);
}

Test(hal, none_at_all_or_nowhere_to_put_the_cache_is_refused)
{
	struct fmag_cache *cache = (void *)&fix;

	test_hal_init(&good, fixture_hal_options(1));
	cr_assert_eq(fmag_cache_create(&cache, NULL, NULL), FMAG_ERR_INVALID);
	cr_assert_null(cache, "NULL unless FMAG_OK");
	cr_assert_eq(
		fmag_cache_create(NULL, &good.hal, NULL), FMAG_ERR_INVALID);
	test_hal_fini(&good);
}

Test(hal, one_with_frames_of_512_bytes_or_of_1_gib_is_served)
{
	const size_t sizes[] = { 512, (size_t)1 << 30 };

	for (size_t i = 0; i < 2; i++) {
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
