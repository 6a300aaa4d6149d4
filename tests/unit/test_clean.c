/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clean frames: scrubbed ahead, in a cache of their own, and free frames all the
 * while. One thread plays every CPU.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cache/evacuate.h"
#include "clean/clean.h"
#include "support/census.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"
#include "support/slot_view.h"

#define CPUS   3
#define ROUNDS 4
#define FRAMES 48
#define SIZE   TEST_HAL_FRAME_SIZE
#define SECRET 0xa5

static struct fixture fix;
static struct owners owners;
static fmag_hpa_t mine[FRAMES];
static size_t count;

static struct fmag_clean_config usual(void)
{
	return (struct fmag_clean_config){
		.struct_size = sizeof(struct fmag_clean_config),
		.magazine_rounds = ROUNDS,
		.magazine_count = 20,
	};
}

static struct test_hal_options readable(void)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.readable = true;
	return options;
}

static void make_with(enum fmag_front_kind front,
	struct test_hal_options options, struct fmag_clean_config clean)
{
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 32);

	fixture_init_on(&fix, front, options, &config);
	owners_init(&owners, &fix.hal);
	count = 0;
	cr_assert_eq(fmag_clean_create(fix.cache, &clean), FMAG_OK);
}

static void make(enum fmag_front_kind front)
{
	make_with(front, readable(), usual());
}

static void finish(void)
{
	const struct fmag_clean *clean = fmag_clean_of(fix.cache);
	const char *complaint =
		clean != NULL ? census_complaint(clean->annex.cache, 0) : NULL;

	cr_assert_null(complaint, "the clean cache: %s", complaint);
	cr_assert_eq(fix.faults, 0);
	cr_assert_eq(owners.doubles, 0, "G2");
	owners_fini(&owners);
	fixture_fini(&fix, count);
}

static void keep(fmag_hpa_t frame)
{
	owners_take(&owners, frame, 1);
	mine[count++] = frame;
}

static bool take_one(void)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	if (frame != FMAG_HPA_NONE)
		keep(frame);
	return frame != FMAG_HPA_NONE;
}

static bool take_one_zeroed(void)
{
	fmag_hpa_t frame = fmag_alloc_frame_zeroed(fix.cache);

	if (frame != FMAG_HPA_NONE)
		keep(frame);
	return frame != FMAG_HPA_NONE;
}

static void take_all(void)
{
	while (take_one())
		;
}

static void give_one(void)
{
	owners_give(&owners, mine[--count], 1);
	fmag_dealloc_frame(fix.cache, mine[count]);
}

static void *memory_of(fmag_hpa_t frame)
{
	return fix.hal.memory + (frame - TEST_HAL_BASE);
}

static bool is_zero(fmag_hpa_t frame)
{
	static const char zeroes[SIZE];

	return memcmp(memory_of(frame), zeroes, SIZE) == 0;
}

/* All frames are written to, and free, on all CPUs and in the depot. */
static void write_secrets_and_free(void)
{
	take_all();
	cr_assert_eq(count, FRAMES);
	memset(fix.hal.memory, SECRET, FRAMES * SIZE);
	while (count > 0) {
		fixture_play(&fix, (unsigned)(count / ROUNDS % CPUS));
		give_one();
	}
	fixture_play(&fix, 0);
}

/* From now on nothing can be zeroed: what is, was before. */
static void zero_no_more(void)
{
	fix.hal.options.unmapped = true;
	fix.cache->host.ops.fill_frame = NULL;
}

static void zero_again(void)
{
	fix.hal.options.unmapped = false;
}

static size_t clean_frames(void)
{
	return fmag_cache_clean_frames(fix.cache);
}

static size_t cached(void)
{
	return (size_t)fixture_stats(&fix).frames_cached;
}

static size_t loaded_rounds(const struct fmag_cache *cache, unsigned cpu)
{
	const struct fmag_magazine *loaded =
		slot_loaded(&cache->front, fmag_front_slot(&cache->front, cpu));

	return loaded != NULL ? fmag_magazine_rounds(loaded) : 0;
}

TestSuite(clean, .timeout = 60);

#define ON_EACH_FRONT(name)                                   \
	static void clean_##name(enum fmag_front_kind front); \
	TEST_ON_OWNER(clean, name, .timeout = 60)             \
	TEST_ON_EACH_PLAYED_FRONT(clean, name, .timeout = 60)

ON_EACH_FRONT(what_was_scrubbed_is_zero_and_is_not_zeroed_again)
{
	size_t scrubbed;

	make(front);
	write_secrets_and_free();
	scrubbed = fmag_cache_scrub(fix.cache, SIZE_MAX);
	cr_assert_geq(scrubbed, FRAMES - 2 * CPUS * ROUNDS);
	cr_assert_eq(clean_frames(), scrubbed);
	cr_assert_eq(cached(), FRAMES, "G1: clean ones are cached ones");
	zero_no_more();
	for (size_t i = 0; i < scrubbed; i++)
		cr_assert(take_one_zeroed(), "frame %zu of %zu", i, scrubbed);
	cr_assert_eq(clean_frames(), 0);
	cr_assert_not(take_one_zeroed(), "no other one is zero");
	for (size_t i = 0; i < count; i++)
		cr_assert(is_zero(mine[i]));
	finish();
}

ON_EACH_FRONT(what_one_cpu_scrubs_another_one_has)
{
	make(front);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, 2), 2);
	zero_no_more();
	fixture_play(&fix, 1);
	cr_assert(take_one_zeroed());
	cr_assert(take_one_zeroed());
	finish();
}

ON_EACH_FRONT(a_cpu_without_a_slot_has_clean_frames_too)
{
	make(front);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, 2), 2);
	zero_no_more();
	fixture_play(&fix, 99);
	cr_assert(take_one_zeroed());
	cr_assert_eq(clean_frames(), 1);
	cr_assert_eq(fixture_stats(&fix).faults, fix.faults);
	if (front == FMAG_FRONT_OWNER)
		fix.faults = 0; /* FMAG_FAULT_BAD_CPU */
	fixture_play(&fix, 0);
	finish();
}

Test(clean, a_scrub_zeroes_no_more_than_its_budget)
{
	make(FMAG_FRONT_CLAIM);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, 0), 0);
	for (size_t done = 0; done < 9; done += 3) {
		cr_assert_eq(clean_frames(), done);
		cr_assert_eq(fmag_cache_scrub(fix.cache, 3), 3);
	}
	finish();
}

Test(clean, a_scrub_ends_where_there_are_enough_clean_frames)
{
	struct fmag_clean_config config = usual();

	config.frames_max = 6;
	make_with(FMAG_FRONT_CLAIM, readable(), config);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, 5), 5);
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 1);
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	take_one_zeroed();
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 1);
	finish();
}

Test(clean, as_many_clean_frames_as_there_are_to_be_are_for_each_cpu)
{
	static const struct fmag_clean_config clean = { .frames_max =
								64 * CPUS };
	static fmag_hpa_t frames[600];
	struct fmag_config config = fixture_config(&fix, CPUS, 64, 16);
	struct test_hal_options options = fixture_hal_options(600);

	options.readable = true;
	fixture_init(&fix, options, &config);
	cr_assert_eq(fmag_clean_create(fix.cache, &clean), FMAG_OK);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 600), 600);
	fmag_dealloc_frames(fix.cache, frames, 600);
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), clean.frames_max);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		frames[cpu] = fmag_alloc_frame_zeroed(fix.cache);
		cr_assert_eq(clean_frames(), clean.frames_max - cpu - 1,
			"CPU %u zeroed one", cpu);
	}
	fmag_dealloc_frames(fix.cache, frames, CPUS);
	fixture_fini(&fix, 0);
}

Test(clean, a_scrub_leaves_as_many_dirty_frames_as_it_is_told)
{
	struct fmag_clean_config config = usual();
	size_t loaded = 0;

	config.dirty_min = 9;
	make_with(FMAG_FRONT_CLAIM, readable(), config);
	write_secrets_and_free();
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		loaded += loaded_rounds(fix.cache, cpu);
	cr_assert_gt(loaded, 0);
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX),
		FRAMES - loaded - config.dirty_min,
		"besides what CPUs work from");
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	finish();
}

Test(clean, a_scrub_ends_where_the_clean_magazines_are_full)
{
	struct fmag_clean_config config = usual();

	config.magazine_count = 3;
	make_with(FMAG_FRONT_CLAIM, readable(), config);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 3 * ROUNDS);
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(cached(), FRAMES, "G1");
	finish();
}

ON_EACH_FRONT(what_a_cpu_works_from_stays_with_it)
{
	make(front);
	write_secrets_and_free();
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		size_t loaded = loaded_rounds(fix.cache, cpu);

		cr_assert_gt(loaded, 0);
		fixture_play(&fix, cpu);
		fmag_cache_scrub(fix.cache, SIZE_MAX);
		cr_assert_eq(loaded_rounds(fix.cache, cpu), loaded);
	}
	fixture_play(&fix, 0);
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	finish();
}

Test(clean, a_scrub_asks_the_hal_for_nothing)
{
	make(FMAG_FRONT_CLAIM);
	write_secrets_and_free();
	fmag_cache_drain(fix.cache, SIZE_MAX);
	fix.hal.calls = 0;
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(fix.hal.calls, 0);
	finish();
}

Test(clean, without_a_place_for_them_a_scrub_does_nothing)
{
	make(FMAG_FRONT_CLAIM);
	fmag_clean_destroy(fix.cache);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(clean_frames(), 0);
	cr_assert(take_one_zeroed());
	cr_assert(is_zero(mine[0]));
	finish();
}

/* Frames that the host does not reach. */

Test(clean, a_frame_that_nothing_reaches_is_left_as_it_is)
{
	make(FMAG_FRONT_CLAIM);
	write_secrets_and_free();
	zero_no_more();
	cr_assert_eq(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(clean_frames(), 0);
	cr_assert_eq(cached(), FRAMES, "G1");
	zero_again();
	cr_assert_gt(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	finish();
}

Test(clean, an_unmapped_frame_is_scrubbed_by_the_hal)
{
	make(FMAG_FRONT_CLAIM);
	write_secrets_and_free();
	fix.hal.options.unmapped = true;
	fix.hal.filled_with = 1;
	cr_assert_eq(fmag_cache_scrub(fix.cache, 2), 2);
	cr_assert_eq(fix.hal.filled_with, 0);
	finish();
}

Test(clean, where_no_frame_can_be_zeroed_a_clean_one_of_another_cpu_is_had)
{
	struct fmag_phys_frame frame;

	make(FMAG_FRONT_CLAIM);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, 3), 3);
	zero_no_more();
	fixture_play(&fix, 1);
	cr_assert(take_one_zeroed());
	fixture_play(&fix, 0);
	cr_assert(take_one_zeroed());
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &frame), FMAG_OK);
	fmag_phys_frame_drop(&frame);
	cr_assert_eq(fmag_phys_frame_alloc_zero(fix.cache, &frame),
		FMAG_ERR_UNSUPPORTED);
	finish();
}

static size_t scrubbed_inside;

static void scrub_inside(void *ctx)
{
	(void)ctx;
	scrubbed_inside = fmag_cache_scrub(fix.cache, SIZE_MAX);
}

Test(clean, g6_a_scrub_that_interrupts_the_hal_leaves_unmapped_frames)
{
	make(FMAG_FRONT_CLAIM);
	write_secrets_and_free();
	fix.hal.options.unmapped = true;
	fix.hal.inside_fill = scrub_inside;
	scrubbed_inside = 1;
	cr_assert(take_one_zeroed());
	cr_assert_eq(scrubbed_inside, 0);
	fix.hal.inside_fill = NULL;
	cr_assert_eq(cached(), FRAMES - 1, "G1");
	finish();
}

/* What the HAL gives zeroed. */

ON_EACH_FRONT(frames_that_the_hal_gives_zeroed_are_clean)
{
	struct test_hal_options options = readable();

	options.zeroed = true;
	make_with(front, options, usual());
	cr_assert(take_one());
	cr_assert_eq(clean_frames(), cached(), "but the one of the caller");
	cr_assert_gt(clean_frames(), 0);
	zero_no_more();
	cr_assert(take_one_zeroed());
	cr_assert(take_one_zeroed(), "one that came with another");
	finish();
}

Test(clean, zeroed_frames_that_are_too_many_are_frames_like_any)
{
	struct fmag_clean_config config = usual();
	struct test_hal_options options = readable();

	options.zeroed = true;
	config.frames_max = 1;
	make_with(FMAG_FRONT_CLAIM, options, config);
	take_all();
	cr_assert_eq(count, FRAMES);
	while (count > 0)
		give_one();
	cr_assert_eq(cached(), FRAMES, "G1");
	cr_assert_leq(clean_frames(), 1);
	finish();
}

Test(clean, frames_that_the_hal_says_nothing_of_are_not_clean)
{
	make(FMAG_FRONT_CLAIM);
	cr_assert(take_one());
	cr_assert_eq(clean_frames(), 0);
	finish();
}

/* Where an allocation would fail. */

/* Every frame that can be is clean, some on each CPU. */
static void make_clean(enum fmag_front_kind front)
{
	make(front);
	write_secrets_and_free();
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		cr_assert_gt(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	}
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		cr_assert(take_one_zeroed());
	}
	fixture_play(&fix, 0);
	cr_assert_gt(clean_frames(), 0);
}

TEST_ON_EACH_PLAYED_FRONT(clean,
	g4_a_plain_alloc_has_the_clean_frames_of_all_cpus_to_the_last_one,
	.timeout = 60)
{
	make_clean(front);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		cr_assert_gt(
			loaded_rounds(
				fmag_clean_of(fix.cache)->annex.cache, cpu),
			0, "it works from clean ones");
	take_all();
	cr_assert_eq(count, FRAMES);
	cr_assert_eq(cached(), 0);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	clean, g4_one_that_never_calls_the_hal_has_them_too, .timeout = 60)
{
	fmag_hpa_t frame;

	make_clean(front);
	while ((frame = fmag_alloc_frame_cached(fix.cache)) != FMAG_HPA_NONE)
		keep(frame);
	cr_assert_eq(count, FRAMES);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	clean, g4_so_has_one_that_wants_a_zeroed_frame, .timeout = 60)
{
	make_clean(front);
	while (take_one_zeroed())
		;
	cr_assert_eq(count, FRAMES);
	for (size_t i = 0; i < count; i++)
		cr_assert(is_zero(mine[i]));
	finish();
}

Test(clean, a_cpu_of_the_owner_front_that_is_poked_gives_its_clean_frames_up)
{
	make_clean(FMAG_FRONT_OWNER);
	take_all();
	cr_assert_lt(count, FRAMES);
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		fmag_cpu_poked(fix.cache);
	}
	fixture_play(&fix, 0);
	take_all();
	cr_assert_eq(count, FRAMES);
	finish();
}

Test(clean, on_the_owner_front_a_miss_for_any_frame_gives_clean_ones_up)
{
	make_clean(FMAG_FRONT_OWNER);
	take_all();
	cr_assert_lt(count, FRAMES);
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		take_all();
	}
	cr_assert_eq(count, FRAMES);
	fixture_play(&fix, 0);
	finish();
}

/* Ways out. */

ON_EACH_FRONT(a_drain_brings_clean_frames_to_the_hal)
{
	make_clean(front);
	for (unsigned turn = 0; turn < 2; turn++) {
		for (unsigned cpu = 0; cpu < CPUS; cpu++) {
			fixture_play(&fix, cpu);
			fmag_cache_drain(fix.cache, SIZE_MAX);
			fmag_cpu_poked(fix.cache);
		}
	}
	fixture_play(&fix, 0);
	fmag_cache_drain(fix.cache, SIZE_MAX);
	cr_assert_eq(clean_frames(), 0);
	cr_assert_eq(cached(), 0);
	cr_assert_eq(test_hal_out(&fix.hal), count, "G1");
	finish();
}

/* The cache has no room for what is clean. */
static void fill_up(void)
{
	struct fmag_config config = fixture_config(&fix, 1, ROUNDS, 4);
	struct fmag_clean_config clean = usual();

	config.spare_magazines = 1;
	fixture_init_on(&fix, FMAG_FRONT_CLAIM, readable(), &config);
	owners_init(&owners, &fix.hal);
	count = 0;
	cr_assert_eq(fmag_clean_create(fix.cache, &clean), FMAG_OK);
	take_all();
	while (count > 0) {
		give_one();
		fmag_cache_scrub(fix.cache, 1);
	}
	cr_assert_gt(clean_frames(), 2 * ROUNDS);
	take_one_zeroed();
	while (fmag_depot_has_room(&fix.cache->state->depot) &&
		take_one_zeroed())
		give_one();
}

Test(clean, a_drain_brings_no_more_to_the_hal_than_it_says)
{
	size_t out;

	fill_up();
	for (size_t budget = 0; cached() > 0; budget++) {
		size_t given;

		out = test_hal_out(&fix.hal);
		given = fmag_cache_drain(fix.cache, budget);
		cr_assert_leq(given, budget);
		cr_assert_eq(out - test_hal_out(&fix.hal), given,
			"budget %zu, given %zu, gone %zu", budget, given,
			out - test_hal_out(&fix.hal));
	}
	finish();
}

/* Its magazines are parked reserves', and empty by now. */
Test(clean, a_cache_without_magazines_still_brings_clean_frames_to_the_hal)
{
	struct fmag_config config = fixture_config(&fix, 1, ROUNDS, 2);
	struct test_hal_options options = readable();
	struct fmag_clean_config clean = usual();
	struct fmag_reserve reserves[2];
	fmag_hpa_t run;

	options.reentrant = true;
	options.zeroed = true;
	options.frames = 4;
	fixture_init_on(&fix, FMAG_FRONT_CLAIM, options, &config);
	owners_init(&owners, &fix.hal);
	count = 0;
	cr_assert_eq(fmag_clean_create(fix.cache, &clean), FMAG_OK);
	for (unsigned i = 0; i < 2; i++) {
		fmag_reserve_init(&reserves[i], fix.cache);
		cr_assert_eq(fmag_reserve_topup(&reserves[i], 1), FMAG_OK);
	}
	fmag_cpu_drain(fix.cache, 0);
	for (unsigned i = 0; i < 2; i++)
		fmag_reserve_park(&reserves[i]);
	fix.hal.fail_all = true;
	cr_assert(take_one());
	cr_assert(take_one());
	fix.hal.fail_all = false;
	cr_assert_gt(clean_frames(), 0);
	cr_assert_eq(cached(), clean_frames());
	run = fmag_alloc_contiguous(fix.cache, 1, SIZE);
	cr_assert_neq(run, FMAG_HPA_NONE);
	fmag_dealloc_contiguous(fix.cache, run, 1);
	for (unsigned i = 0; i < 2; i++)
		fmag_reserve_fini(&reserves[i]);
	finish();
}

ON_EACH_FRONT(a_cpu_that_is_drained_keeps_no_clean_frames)
{
	const struct fmag_cache *clean;
	size_t before;

	make_clean(front);
	clean = fmag_clean_of(fix.cache)->annex.cache;
	before = clean_frames();
	fixture_play(&fix, 1);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_OK);
	cr_assert_eq(loaded_rounds(clean, 1), 0);
	cr_assert_null(fmag_front_slot(&clean->front, 1)->previous);
	cr_assert_eq(clean_frames(), before, "they are in the depot");
	fixture_play(&fix, 0);
	finish();
}

Test(clean, a_cpu_that_does_not_answer_is_busy_for_its_clean_frames_too)
{
	make_clean(FMAG_FRONT_OWNER);
	fixture_play(&fix, 1);
	fmag_cpu_drain(fix.cache, 1);
	take_one_zeroed();
	fixture_play(&fix, 0);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_ERR_BUSY);
	fixture_play(&fix, 1);
	fmag_cpu_poked(fix.cache);
	fixture_play(&fix, 0);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_OK);
	finish();
}

/* Trims. */

static size_t full_dirty(void)
{
	return fmag_depot_full_frames(&fix.cache->state->depot);
}

static size_t full_clean(void)
{
	return fmag_depot_full_frames(
		&fmag_clean_of(fix.cache)->annex.cache->state->depot);
}

static size_t trim(size_t keep, size_t budget)
{
	size_t out = test_hal_out(&fix.hal);
	size_t given = fmag_cache_trim(fix.cache, keep, budget);

	cr_assert_leq(given, budget);
	cr_assert_eq(test_hal_out(&fix.hal), out - given, "G1");
	return given;
}

static size_t trim_unused(void)
{
	size_t out = test_hal_out(&fix.hal);
	size_t given = fmag_cache_trim_unused(fix.cache, SIZE_MAX);

	cr_assert_eq(test_hal_out(&fix.hal), out - given, "G1");
	return given;
}

/* Full magazines of both kinds in the depots. */
static void make_to_trim(void)
{
	make(FMAG_FRONT_CLAIM);
	write_secrets_and_free();
	cr_assert_eq(fmag_cache_scrub(fix.cache, 3 * ROUNDS), 3 * ROUNDS);
	cr_assert_eq(full_clean(), 3 * ROUNDS);
	cr_assert_geq(full_dirty(), 2 * ROUNDS);
}

Test(clean, a_trim_counts_clean_frames_and_gives_them_last)
{
	size_t full;

	make_to_trim();
	full = full_dirty() + full_clean();
	cr_assert_eq(trim(full, SIZE_MAX), 0);
	cr_assert_eq(trim(full - ROUNDS, SIZE_MAX), ROUNDS);
	cr_assert_eq(full_clean(), 3 * ROUNDS, "there were dirty ones");
	cr_assert_eq(trim(ROUNDS, SIZE_MAX), full - 2 * ROUNDS);
	cr_assert_eq(full_dirty(), 0);
	cr_assert_eq(full_clean(), ROUNDS);
	zero_no_more();
	for (unsigned i = 0; i < ROUNDS; i++)
		cr_assert(take_one_zeroed(), "what is kept is clean still");
	finish();
}

Test(clean, a_trim_gives_no_more_clean_frames_than_its_budget)
{
	make_to_trim();
	trim(full_clean(), SIZE_MAX);
	cr_assert_eq(full_dirty(), 0);
	cr_assert_eq(trim(0, 0), 0);
	cr_assert_eq(trim(0, 1), 1);
	cr_assert_eq(trim(0, ROUNDS), ROUNDS);
	cr_assert_eq(clean_frames(), 2 * ROUNDS - 1);
	finish();
}

Test(clean, clean_frames_that_were_wanted_since_the_last_trim_stay)
{
	make_to_trim();
	trim_unused();
	for (unsigned i = 0; i < 2 * ROUNDS; i++)
		cr_assert(take_one_zeroed());
	cr_assert_eq(full_clean(), ROUNDS, "from two magazines");
	while (count > 0)
		give_one();
	cr_assert_eq(fmag_cache_scrub(fix.cache, 2 * ROUNDS), 2 * ROUNDS);
	trim_unused();
	cr_assert_eq(full_clean(), 2 * ROUNDS, "the working set");
	trim_unused();
	cr_assert_eq(clean_frames(), 0, "but no longer");
	finish();
}

static void poke_all(void)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		fmag_cpu_poked(fix.cache);
	}
}

/* In the depot, and in what each CPU works from. */
ON_EACH_FRONT(clean_frames_that_nobody_wanted_go_with_the_others)
{
	make(front);
	write_secrets_and_free();
	fmag_cache_scrub(fix.cache, SIZE_MAX);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		cr_assert(take_one_zeroed());
		give_one();
	}
	cr_assert_gt(clean_frames(), 0);
	for (unsigned calls = 0; calls < 2; calls++) {
		trim_unused();
		if (front == FMAG_FRONT_OWNER)
			poke_all(); /* others were asked */
	}
	trim_unused();
	trim_unused();
	cr_assert_eq(clean_frames(), 0);
	cr_assert_eq(cached(), 0);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	finish();
}

static size_t out_of_hal(size_t first, size_t frames)
{
	size_t out = 0;

	for (size_t i = first; i < first + frames; i++)
		out += fix.hal.is_out[i];
	return out;
}

static fmag_hpa_t one_that_is_clean(void)
{
	const struct fmag_depot *depot =
		&fmag_clean_of(fix.cache)->annex.cache->state->depot;
	unsigned i = 0;

	while (fmag_magazine_rounds(fmag_depot_magazine(depot, i)) == 0)
		i++;
	return fmag_depot_magazine(depot, i)->frames[0];
}

static fmag_hpa_t evacuated;
static enum fmag_status of_handler;
static size_t taken_from_clean;

static void evacuate_in_a_handler(void *ctx)
{
	size_t clean = clean_frames();

	(void)ctx;
	fix.hal.inside_alloc = NULL;
	of_handler = fmag_cache_evacuate(fix.cache, evacuated, SIZE, SIZE_MAX);
	taken_from_clean = clean - clean_frames();
}

TEST_ON_EACH_PLAYED_FRONT(
	clean, g6_an_evacuation_in_a_handler_gets_nothing_done, .timeout = 60)
{
	fmag_hpa_t run;

	make_clean(front);
	while (count > 0)
		give_one();
	evacuated = one_that_is_clean();
	fix.hal.inside_alloc = evacuate_in_a_handler;
	run = fmag_alloc_contiguous(fix.cache, 2, SIZE);
	cr_assert_null(fix.hal.inside_alloc);
	cr_assert_eq(of_handler, FMAG_ERR_BUSY);
	cr_assert_eq(taken_from_clean, 0, "the cache may not keep them");
	cr_assert_eq(fix.faults, 0);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 0);
	fmag_cache_readmit(fix.cache, evacuated, SIZE);
	if (run != FMAG_HPA_NONE)
		fmag_dealloc_contiguous(fix.cache, run, 2);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	clean, an_evacuated_range_has_no_clean_frames, .timeout = 60)
{
	make_clean(front);
	while (count > 0)
		give_one();
	cr_assert_eq(fmag_cache_evacuate(fix.cache, TEST_HAL_BASE,
			     FRAMES / 2 * SIZE, SIZE_MAX),
		FMAG_OK);
	cr_assert_eq(out_of_hal(0, FRAMES / 2), 0);
	fmag_cache_scrub(fix.cache, SIZE_MAX);
	while (take_one_zeroed())
		cr_assert_geq(
			mine[count - 1], TEST_HAL_BASE + FRAMES / 2 * SIZE);
	cr_assert_eq(count, FRAMES / 2);
	cr_assert_eq(
		fmag_cache_readmit(fix.cache, TEST_HAL_BASE, FRAMES / 2 * SIZE),
		FMAG_OK);
	while (take_one_zeroed())
		;
	cr_assert_eq(count, FRAMES);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	clean, an_evacuation_moves_no_more_than_its_budget, .timeout = 60)
{
	enum fmag_status status = FMAG_ERR_BUSY;

	make(front);
	write_secrets_and_free();
	fmag_cache_scrub(fix.cache, FRAMES / 3);
	for (unsigned calls = 0; status != FMAG_OK; calls++) {
		size_t out = test_hal_out(&fix.hal);

		cr_assert_lt(calls, FRAMES);
		status = fmag_cache_evacuate(
			fix.cache, TEST_HAL_BASE, FRAMES * SIZE, 7);
		cr_assert_leq(out - test_hal_out(&fix.hal), 7);
	}
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	finish();
}

/* A scrub that stood still with a frame of the range in its hands. */
Test(clean, a_frame_of_a_range_that_was_kept_out_meanwhile_becomes_no_clean_one)
{
	struct fmag_magazine *magazine;
	struct fmag_cache *clean;
	fmag_hpa_t frame;

	make(FMAG_FRONT_CLAIM);
	clean = fmag_clean_of(fix.cache)->annex.cache;
	take_one();
	frame = mine[0];
	cr_assert_eq(
		fmag_cache_evacuate(fix.cache, frame, SIZE, SIZE_MAX), FMAG_OK);
	magazine = fmag_depot_get_top_up(&clean->state->depot, 0);
	cr_assert_eq(fmag_magazine_rounds(magazine), 0);
	cr_assert_not(fmag_admit(clean, magazine, frame), "C3");
	fmag_depot_put(&clean->state->depot, 0, magazine);
	give_one();
	cr_assert_eq(out_of_hal(test_hal_index(&fix.hal, frame), 1), 0);
	finish();
}

Test(clean, a_place_that_is_made_later_keeps_out_what_the_cache_does)
{
	struct fmag_clean_config config = usual();

	make(FMAG_FRONT_CLAIM);
	fmag_clean_destroy(fix.cache);
	cr_assert_eq(fmag_cache_evacuate(fix.cache, TEST_HAL_BASE,
			     FRAMES / 2 * SIZE, SIZE_MAX),
		FMAG_OK);
	cr_assert_eq(fmag_clean_create(fix.cache, &config), FMAG_OK);
	cr_assert_not(fmag_is_admitted(
		fmag_clean_of(fix.cache)->annex.cache, TEST_HAL_BASE));
	cr_assert(fmag_is_admitted(fmag_clean_of(fix.cache)->annex.cache,
		TEST_HAL_BASE + FRAMES / 2 * SIZE));
	finish();
}

/* Its beginning and end. */

ON_EACH_FRONT(the_end_of_the_place_leaves_its_frames_to_the_cache)
{
	make_clean(front);
	fmag_clean_destroy(fix.cache);
	cr_assert_eq(clean_frames(), 0);
	cr_assert_eq(cached() + count, FRAMES, "G1");
	fmag_clean_destroy(fix.cache);
	finish();
}

ON_EACH_FRONT(the_end_of_the_cache_is_the_places_too)
{
	make_clean(front);
	cr_assert_gt(clean_frames(), 0);
	finish();
}

Test(clean, a_cache_has_one_place_at_most)
{
	make(FMAG_FRONT_CLAIM);
	cr_assert_eq(fmag_clean_create(fix.cache, NULL), FMAG_ERR_BUSY);
	fmag_clean_destroy(fix.cache);
	cr_assert_eq(fmag_clean_create(fix.cache, NULL), FMAG_OK);
	cr_assert_eq(fmag_clean_create(NULL, NULL), FMAG_ERR_INVALID);
	finish();
}

Test(clean, what_is_out_of_range_is_refused)
{
	struct fmag_clean_config config = usual();

	make(FMAG_FRONT_CLAIM);
	fmag_clean_destroy(fix.cache);
	config.struct_size = 8;
	cr_assert_eq(fmag_clean_create(fix.cache, &config), FMAG_ERR_INVALID);
	config = usual();
	config.magazine_rounds = FMAG_MAX_MAGAZINE_ROUNDS + 1;
	cr_assert_eq(fmag_clean_create(fix.cache, &config), FMAG_ERR_INVALID);
	config = usual();
	config.magazine_count = FMAG_MAX_MAGAZINES + 1;
	cr_assert_eq(fmag_clean_create(fix.cache, &config), FMAG_ERR_INVALID);
	finish();
}

Test(clean, the_place_may_be_the_callers_storage)
{
	static char storage[FMAG_CLEAN_STORAGE_SIZE(CPUS, 20, ROUNDS, 1)]
		__attribute__((aligned(FMAG_CACHE_ALIGN)));
	struct fmag_clean_config config = usual();

	make(FMAG_FRONT_CLAIM);
	fmag_clean_destroy(fix.cache);
	cr_assert_eq(fmag_clean_init(fix.cache, NULL, sizeof(storage), &config),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_clean_init(fix.cache, storage + 8,
			     sizeof(storage) - 8, &config),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_clean_init(
			     fix.cache, storage, sizeof(storage) - 1, &config),
		FMAG_ERR_INVALID);
	cr_assert_eq(
		fmag_clean_init(fix.cache, storage, sizeof(storage), &config),
		FMAG_OK);
	write_secrets_and_free();
	cr_assert_gt(fmag_cache_scrub(fix.cache, SIZE_MAX), 0);
	fmag_clean_fini(fix.cache);
	cr_assert_eq(cached(), FRAMES, "G1");
	finish();
}

/* G5: whoever has a clean frame, or moves it, does not look at it. */

ON_EACH_FRONT(g5_only_a_scrub_touches_frames)
{
	make_clean(front);
	mprotect(fix.hal.memory, FRAMES * SIZE, PROT_NONE);
	for (size_t i = clean_frames() / 2; i > 0; i--)
		cr_assert(take_one_zeroed());
	for (size_t i = 0; i < 4; i++)
		cr_assert(take_one());
	while (count > CPUS)
		give_one();
	fmag_cpu_drain(fix.cache, 0);
	fmag_cache_drain(fix.cache, 5);
	fmag_cache_evacuate(fix.cache, TEST_HAL_BASE, 4 * SIZE, SIZE_MAX);
	fmag_cache_readmit(fix.cache, TEST_HAL_BASE, 4 * SIZE);
	fmag_cache_trim_unused(fix.cache, SIZE_MAX);
	finish();
}

/* C1, whatever comes in whatever order: guests write what they get. */

static void do_something(uint64_t *rng)
{
	fixture_play(&fix, (unsigned)rng_below(rng, CPUS));
	switch (rng_below(rng, 8)) {
	case 0:
	case 1:
		if (!take_one_zeroed())
			break;
		cr_assert(is_zero(mine[count - 1]), "C1");
		memset(memory_of(mine[count - 1]), SECRET, SIZE);
		break;
	case 2:
		if (take_one())
			memset(memory_of(mine[count - 1]), SECRET, SIZE);
		break;
	case 3:
		fmag_cache_scrub(fix.cache, rng_below(rng, 8));
		break;
	case 4:
		if (rng_below(rng, 16) == 0)
			fmag_cache_drain(fix.cache, rng_below(rng, 8));
		break;
	default:
		if (count > 0)
			give_one();
	}
}

ON_EACH_FRONT(c1_what_is_written_is_never_clean)
{
	uint64_t rng = 7;

	make(front);
	for (unsigned turn = 0; turn < 20000; turn++) {
		do_something(&rng);
		cr_assert_eq(cached() + count, test_hal_out(&fix.hal), "G1");
	}
	fixture_play(&fix, 0);
	finish();
}
