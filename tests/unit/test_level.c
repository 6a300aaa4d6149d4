/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The level of a stack: what lies there, and the least that lay there.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "depot/depot.h"

static struct fmag_level level;

Test(level, counts_magazines_and_their_frames)
{
	fmag_level_rise(&level, 7);
	fmag_level_rise(&level, 5);
	cr_assert_eq(fmag_level_magazines(level.now), 2);
	cr_assert_eq(fmag_level_frames(level.now), 12);
	fmag_level_fall(&level, 7);
	cr_assert_eq(fmag_level_magazines(level.now), 1);
	cr_assert_eq(fmag_level_frames(level.now), 5);
}

Test(level, the_least_is_the_lowest_level_since_it_was_asked)
{
	for (size_t i = 0; i < 4; i++)
		fmag_level_rise(&level, 1);
	cr_assert_eq(fmag_level_take_least(&level), 0, "it began with none");
	cr_assert_eq(fmag_level_take_least(&level), 4, "and stayed there");
	fmag_level_fall(&level, 1);
	fmag_level_fall(&level, 1);
	fmag_level_rise(&level, 1);
	cr_assert_eq(fmag_level_take_least(&level), 2);
	cr_assert_eq(fmag_level_take_least(&level), 3);
}

Test(level, what_takers_took_is_forgotten_with_the_last_magazine)
{
	fmag_level_rise(&level, 10);
	fmag_level_rise(&level, 10);
	fmag_level_fall(&level, 4);
	cr_assert_eq(fmag_level_frames(level.now), 16, "L2: too many");
	fmag_level_fall(&level, 10);
	cr_assert_eq(level.now, 0);
}

Test(level, the_largest_cache_fits_in_it)
{
	const uint64_t magazines = FMAG_MAX_MAGAZINES;

	level.now = magazines * FMAG_LEVEL_MAGAZINE +
		magazines * FMAG_MAX_MAGAZINE_ROUNDS;
	fmag_level_rise(&level, FMAG_MAX_MAGAZINE_ROUNDS);
	cr_assert_eq(fmag_level_magazines(level.now), magazines + 1);
	cr_assert_eq(fmag_level_frames(level.now),
		(magazines + 1) * FMAG_MAX_MAGAZINE_ROUNDS);
}

/* In a depot. */

#define CAPACITY  8
#define ENOUGH    4
#define MAGAZINES 4

static struct fmag_depot depot;
static void *table;

static void setup(void)
{
	table = aligned_alloc(64, MAGAZINES * FMAG_MAGAZINE_SIZE_(CAPACITY));
	fmag_depot_init(&depot, table, MAGAZINES, CAPACITY, ENOUGH, 0);
}

static void teardown(void)
{
	free(table);
}

TestSuite(level_of_depot, .init = setup, .fini = teardown);

static void put(size_t rounds)
{
	struct fmag_magazine *magazine = fmag_depot_get_room(&depot, 0);

	for (size_t i = 1; i <= rounds; i++) {
		fmag_hpa_t frame = i * 4096;

		fmag_magazine_add(magazine, CAPACITY, &frame, 1);
	}
	fmag_depot_put(&depot, 0, magazine);
}

Test(level_of_depot, full_magazines_are_counted_with_what_is_in_them)
{
	put(ENOUGH);
	put(CAPACITY);
	cr_assert_eq(fmag_depot_full_frames(&depot), ENOUGH + CAPACITY);
	cr_assert_not_null(fmag_depot_get_frames(&depot, 0));
	cr_assert_eq(fmag_depot_full_frames(&depot), ENOUGH);
	put(1);
	cr_assert_eq(
		fmag_depot_full_frames(&depot), ENOUGH, "a partial one is not");
}

Test(level_of_depot, no_more_frames_are_said_than_the_magazines_have_room_for)
{
	put(ENOUGH);
	depot.first.full.level.now += 100;
	cr_assert_eq(fmag_depot_full_frames(&depot), CAPACITY);
}

Test(level_of_depot, what_lay_there_all_the_time_is_unused)
{
	struct fmag_depot_unused unused;

	put(CAPACITY);
	put(CAPACITY);
	put(1);
	(void)fmag_depot_take_unused(&depot, 0);
	unused = fmag_depot_take_unused(&depot, 0);
	cr_assert_eq(unused.full, 2);
	cr_assert_eq(unused.partial, 1);
	fmag_depot_put(&depot, 0, fmag_depot_get_full(&depot, 0));
	fmag_depot_put(&depot, 0, fmag_depot_get_partial_of(&depot, 0));
	unused = fmag_depot_take_unused(&depot, 0);
	cr_assert_eq(unused.full, 1);
	cr_assert_eq(unused.partial, 0);
}
