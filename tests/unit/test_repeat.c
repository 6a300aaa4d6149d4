/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter that finds a frame the HAL gave twice, where frames collide.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "hal/repeat.h"

#define FRAME_SIZE  4096
#define LAST_BUCKET (FMAG_REPEAT_BUCKETS - 1)

/* What a probe past the end would find and write. */
static struct {
	struct fmag_repeat_filter filter;
	uint8_t beyond[FMAG_REPEAT_BUCKETS];
} guarded;

static fmag_hpa_t frames[FMAG_REPEAT_MAX];
static size_t count;
static fmag_hpa_t candidate; /* the last frame that was tried */

static void setup(void)
{
	fmag_repeat_filter_init(&guarded.filter, FRAME_SIZE);
}

TestSuite(repeat, .init = setup);

static bool add(fmag_hpa_t frame)
{
	if (!fmag_repeat_filter_add(&guarded.filter, frames, count, frame))
		return false;
	frames[count++] = frame;
	return true;
}

/* Another frame whose first probe is `bucket`, each time. */
static fmag_hpa_t next_of_bucket(size_t bucket)
{
	do
		candidate += FRAME_SIZE;
	while (fmag_repeat_bucket(&guarded.filter, candidate) != bucket);
	return candidate;
}

static void fill_from_bucket(size_t bucket)
{
	while (count < FMAG_REPEAT_MAX)
		cr_assert(add(next_of_bucket(bucket)));
}

static void expect_each_to_repeat(void)
{
	for (size_t i = 0; i < count; i++)
		cr_assert_not(add(frames[i]), "frame %zu of one bucket", i);
}

Test(repeat, neighbours_are_told_apart_and_found_again)
{
	for (size_t i = 1; i <= FMAG_REPEAT_MAX; i++)
		cr_assert(add(i * FRAME_SIZE));
	expect_each_to_repeat();
}

Test(repeat, frames_of_one_bucket_are_told_apart_and_found_again)
{
	fill_from_bucket(17);
	expect_each_to_repeat();
}

Test(repeat, frames_of_the_last_bucket_go_on_at_the_first)
{
	static const uint8_t zeroes[sizeof(guarded.beyond)];

	fill_from_bucket(LAST_BUCKET);
	cr_assert_arr_eq(guarded.beyond, zeroes, sizeof(zeroes));
	for (size_t i = 0; i < FMAG_REPEAT_MAX - 1; i++)
		cr_assert_neq(guarded.filter.position[i], 0, "bucket %zu", i);
	expect_each_to_repeat();
}
