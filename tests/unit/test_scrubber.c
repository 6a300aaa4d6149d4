/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the scrubber decides, without its thread; and what it refuses.
 */
#include <criterion/criterion.h>

#include "hosted/scrubber.h"
#include "support/fixture.h"

static struct fmag_scrubbing scrubbing;

static void init(void)
{
	scrubbing = (struct fmag_scrubbing){
		.config = {
			.low = 10,
			.high = 100,
			.frames_per_second = 3000,
			.interval_ms = 10,
		},
	};
}

static size_t budget(size_t clean)
{
	return fmag_scrubbing_budget(&scrubbing, clean);
}

TestSuite(scrubber, .init = init);

Test(scrubber, it_begins_below_the_low_mark_and_ends_at_the_high_one)
{
	cr_assert_eq(budget(50), 0, "not low yet");
	cr_assert_eq(budget(10), 0);
	cr_assert_eq(budget(9), 30);
	cr_assert_eq(budget(39), 30, "it goes on");
	cr_assert_eq(budget(69), 30);
	cr_assert_eq(budget(99), 1, "no further than that");
	cr_assert_eq(budget(100), 0);
	cr_assert_eq(budget(50), 0, "nor before it is low again");
	cr_assert_eq(budget(9), 30);
}

static size_t sum_of(unsigned looks)
{
	size_t sum = 0;

	while (looks-- > 0)
		sum += budget(0);
	return sum;
}

Test(scrubber, it_goes_no_faster_than_it_may_and_no_slower)
{
	cr_assert_eq(sum_of(100), 3000, "a second");
	scrubbing.config.frames_per_second = 7;
	cr_assert_eq(sum_of(100), 7, "what is rounded off is not lost");
	scrubbing.config.interval_ms = 1;
	cr_assert_eq(sum_of(1000), 7);
}

Test(scrubber, what_it_did_not_do_while_there_were_enough_is_not_owed)
{
	budget(0);
	for (unsigned i = 0; i < 1000; i++)
		cr_assert_eq(budget(100), 0);
	cr_assert_eq(budget(0), 30);
}

Test(scrubber, a_wrong_argument_is_refused)
{
	static struct fixture fix;
	struct fmag_scrubber_config config = { .low = 5, .high = 4 };
	struct fmag_scrubber *scrubber;

	fixture_init_simple(&fix, 64, 1, 4, 8);
	cr_assert_eq(
		fmag_scrubber_start(NULL, fix.cache, NULL), FMAG_ERR_INVALID);
	cr_assert_eq(
		fmag_scrubber_start(&scrubber, NULL, NULL), FMAG_ERR_INVALID);
	cr_assert_null(scrubber);
	cr_assert_eq(fmag_scrubber_start(&scrubber, fix.cache, NULL),
		FMAG_ERR_INVALID, "it has no place for clean frames");
	cr_assert_eq(fmag_clean_create(fix.cache, NULL), FMAG_OK);
	cr_assert_eq(fmag_scrubber_start(&scrubber, fix.cache, &config),
		FMAG_ERR_INVALID);
	config = (struct fmag_scrubber_config){ .struct_size = 1 };
	cr_assert_eq(fmag_scrubber_start(&scrubber, fix.cache, &config),
		FMAG_ERR_INVALID);
	cr_assert_null(scrubber);
	fmag_scrubber_stop(NULL);
	fixture_fini(&fix, 0);
}
