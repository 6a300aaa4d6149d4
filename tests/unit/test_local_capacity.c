/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far a CPU fills its magazines: as far as its traffic with the depot says,
 * between the bounds of the configuration (src/cache/local.c).
 */
#include <criterion/criterion.h>

#include "cache/cache.h"
#include "support/fixture.h"

#define FRAMES 4096
#define MIN    62
#define BATCH  512

static struct fixture fix;

static void make(unsigned min, unsigned most)
{
	struct fmag_config config = fixture_config(&fix, 2, most, 16);

	config.magazine_rounds_min = min;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
}

static size_t limit_of(unsigned cpu)
{
	return fmag_front_slot(&fix.cache->front, cpu)->limit;
}

static void alloc_one_by_one(fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		frames[i] = fmag_alloc_frame(fix.cache);
		cr_assert_neq(frames[i], FMAG_HPA_NONE);
	}
}

static void free_one_by_one(const fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fmag_dealloc_frame(fix.cache, frames[i]);
}

static void work_in_batches(unsigned batches)
{
	fmag_hpa_t frames[BATCH];

	for (unsigned i = 0; i < batches; i++) {
		alloc_one_by_one(frames, BATCH);
		free_one_by_one(frames, BATCH);
	}
}

Test(local_capacity, a_cpu_begins_with_the_least)
{
	make(MIN, FMAG_DEFAULT_MAGAZINE_ROUNDS);
	cr_assert_eq(limit_of(0), MIN);
	cr_assert_eq(fixture_stats(&fix).magazine_rounds_min, MIN);
	fixture_fini(&fix, 0);
}

/* Its frames come from elsewhere: it fills one magazine, and keeps two. */
Test(local_capacity, a_cpu_that_does_little_keeps_little)
{
	fmag_hpa_t frames[4 * MIN];

	make(MIN, FMAG_DEFAULT_MAGAZINE_ROUNDS);
	fix.cpu = 1;
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 4 * MIN), 4 * MIN);
	fix.cpu = 0;
	free_one_by_one(frames, 4 * MIN);
	cr_assert_leq(limit_of(0), 4 * MIN);
	cr_assert_gt(fixture_stats(&fix).depot_takes, 1);
	fixture_fini(&fix, 0);
}

Test(local_capacity, a_cpu_that_works_in_batches_of_512_stays_local)
{
	struct fmag_cache_stats before, after;

	make(MIN, FMAG_DEFAULT_MAGAZINE_ROUNDS);
	work_in_batches(20);
	before = fixture_stats(&fix);
	work_in_batches(20);
	after = fixture_stats(&fix);
	cr_assert_eq(after.depot_takes, before.depot_takes);
	cr_assert_eq(after.hal_alloc_calls, before.hal_alloc_calls);
	cr_assert_eq(after.hal_dealloc_calls, before.hal_dealloc_calls);
	cr_assert_gt(limit_of(0), MIN);
	cr_assert_eq(limit_of(1), MIN, "the other CPU does nothing");
	fixture_fini(&fix, 0);
}

Test(local_capacity, it_grows_no_further_than_a_magazine_has_room)
{
	static fmag_hpa_t frames[2048];

	make(10, 35);
	for (unsigned i = 0; i < 4; i++) {
		alloc_one_by_one(frames, 2048);
		free_one_by_one(frames, 2048);
	}
	cr_assert_eq(limit_of(0), 35);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

Test(local_capacity, the_least_is_no_more_than_the_most)
{
	struct fmag_config config;
	struct fmag_cache *cache;

	make(4, 4);
	config = fixture_config(&fix, 2, 4, 16);
	config.magazine_rounds_min = 5;
	cr_assert_eq(fmag_cache_create(&cache, &fix.hal.hal, &config),
		FMAG_ERR_INVALID);
	config.magazine_rounds_min = 0;
	config.magazine_rounds = 8;
	cr_assert_eq(fmag_cache_create(&cache, &fix.hal.hal, &config), FMAG_OK);
	cr_assert_eq(fmag_front_slot(&cache->front, 0)->limit, 8,
		"by default the lesser of both");
	fmag_cache_destroy(cache);
	fixture_fini(&fix, 0);
}
