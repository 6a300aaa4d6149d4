/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations, good and bad, and storage of the caller's.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache/cache.h"
#include "support/fixture.h"
#include "support/fronts.h"

static struct test_hal hal;
static struct fmag_cache *cache;

static void setup(void)
{
	test_hal_init(&hal, fixture_hal_options(64));
	cache = (void *)&hal;
}

static void teardown(void)
{
	test_hal_fini(&hal);
}

TestSuite(config, .init = setup, .fini = teardown);

static void refuse(struct fmag_config config)
{
	cr_assert_eq(
		fmag_cache_create(&cache, &hal.hal, &config), FMAG_ERR_INVALID);
	cr_assert_null(cache);
}

static struct fmag_cache_stats accept(const struct fmag_config *config)
{
	struct fmag_cache_stats stats;

	cr_assert_eq(fmag_cache_create(&cache, &hal.hal, config), FMAG_OK);
	fmag_cache_get_stats(cache, &stats);
	cr_assert_eq(fmag_cache_destroy(cache), 0);
	return stats;
}

Test(config, null_means_the_defaults)
{
	const struct fmag_cache_stats stats = accept(NULL);

	cr_assert_geq(stats.cpu_count, 1);
	cr_assert_eq(stats.magazine_rounds, FMAG_DEFAULT_MAGAZINE_ROUNDS);
	cr_assert_eq(stats.magazine_count,
		stats.cpu_count * FMAG_DEFAULT_MAGAZINES_PER_CPU);
	cr_assert_eq(stats.front,
		rseq_is_the_default() ? FMAG_FRONT_RSEQ : FMAG_FRONT_CLAIM);
	cr_assert_eq(stats.spare_magazines, stats.cpu_count);
}

Test(config, all_zeroes_means_the_defaults_too)
{
	const struct fmag_config config = { 0 };

	cr_assert_eq(
		accept(&config).magazine_rounds, FMAG_DEFAULT_MAGAZINE_ROUNDS);
}

Test(config, default_metadata_is_under_ten_bytes_a_frame)
{
	const struct fmag_config config = { .cpu_count = 64 };
	const struct fmag_cache_stats stats = accept(&config);
	uint64_t frames =
		(uint64_t)stats.magazine_count * stats.magazine_rounds;

	cr_assert_lt(stats.metadata_bytes, 10 * frames);
}

Test(config, a_cpu_count_out_of_range_is_refused)
{
	refuse((struct fmag_config){ .cpu_count = FMAG_MAX_CPUS + 1 });
	refuse((struct fmag_config){ .cpu_count = (unsigned)-1 });
}

Test(config, magazine_sizes_out_of_range_are_refused)
{
	refuse((struct fmag_config){
		.magazine_rounds = FMAG_MAX_MAGAZINE_ROUNDS + 1 });
	refuse((struct fmag_config){ .magazine_rounds = (unsigned)-1 });
	refuse((struct fmag_config){
		.magazine_count = FMAG_MAX_MAGAZINES + 1 });
}

Test(config, as_many_spares_as_magazines_are_refused)
{
	refuse((struct fmag_config){
		.magazine_count = 4, .spare_magazines = 4 });
}

Test(config, an_unknown_front_is_refused)
{
	refuse((struct fmag_config){ .front = (enum fmag_front_kind)77 });
}

/* What a cache gets by default on `platform`. */
static enum fmag_front_kind default_on(
	struct fmag_platform platform, struct fmag_config config)
{
	struct fmag_config resolved;

	platform.cpu_count = 2;
	cr_assert_eq(
		fmag_config_resolve(&resolved, &config, &hal.hal, &platform),
		FMAG_OK);
	return resolved.front;
}

/* Sections, but the system refuses membarrier. */
static struct fmag_platform without_barrier(void)
{
	struct fmag_platform platform = fixture_played_rseq();

	platform.front = FMAG_FRONT_CLAIM;
	platform.barrier = NULL;
	return platform;
}

Test(config, what_a_host_does_not_want_called_need_not_be_there)
{
	const struct fmag_platform platform = without_barrier();

	cr_assert_eq(default_on(platform, (struct fmag_config){ 0 }),
		FMAG_FRONT_CLAIM, "it is wanted");
	cr_assert_eq(default_on(platform,
			     (struct fmag_config){ .never_interrupt = true }),
		FMAG_FRONT_RSEQ);
}

Test(config, a_host_that_interrupts_nobody_has_the_front_that_its_system_has)
{
	struct fmag_platform platform = without_barrier();
	struct fmag_config config = { .never_interrupt = true };

	config.current_cpu = fixture_current_cpu;
	cr_assert_eq(default_on(platform, config), FMAG_FRONT_CLAIM,
		"with numbers of its own");
	config.current_cpu = NULL;
	platform.has_rseq = false;
	cr_assert_eq(default_on(platform, config), FMAG_FRONT_CLAIM);
	config.front = FMAG_FRONT_OWNER;
	cr_assert_eq(default_on(platform, config), FMAG_FRONT_OWNER);
}

Test(config, rseq_without_a_barrier_is_had_where_it_is_asked_for_by_name)
{
	const struct fmag_config config = {
		.cpu_count = 2,
		.front = FMAG_FRONT_RSEQ,
	};
	struct fmag_platform platform = without_barrier();
	struct fmag_config resolved;

	cr_assert_eq(default_on(platform, config), FMAG_FRONT_RSEQ);
	platform.has_rseq = false;
	cr_assert_eq(
		fmag_config_resolve(&resolved, &config, &hal.hal, &platform),
		FMAG_ERR_UNSUPPORTED);
}

static bool every_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	(void)cpu;
	return true;
}

Test(config, what_is_the_rseq_fronts_is_no_matter_to_the_others)
{
	struct fmag_config config = {
		.front = FMAG_FRONT_CLAIM,
		.never_interrupt = true,
		.cpu_is_isolated = every_cpu,
	};

	cr_assert_eq(accept(&config).isolated_cpus, 0);
	cr_assert(accept(&config).reaches_loaded, "always");
	config.front = FMAG_FRONT_OWNER;
	cr_assert_eq(accept(&config).isolated_cpus, 0);
	cr_assert_not(accept(&config).reaches_loaded, "never");
}

Test(config, what_the_rseq_front_reaches_is_what_it_may_interrupt)
{
	struct fmag_config config = {
		.front = FMAG_FRONT_RSEQ,
		.cpu_count = 3,
	};

	if (!rseq_is_to_be_had())
		cr_skip_test("there is no rseq here");
	cr_assert(accept(&config).reaches_loaded);
	config.cpu_is_isolated = every_cpu;
	cr_assert_eq(accept(&config).isolated_cpus, 3);
	config.never_interrupt = true;
	cr_assert_not(accept(&config).reaches_loaded);
	cr_assert_eq(accept(&config).interrupts, 0);
}

Test(config, a_struct_size_short_of_the_first_layout_is_refused)
{
	refuse((struct fmag_config){ .struct_size = 8 });
}

Test(config, a_struct_size_of_a_later_layout_is_accepted)
{
	struct {
		struct fmag_config config;
		long later;
	} newer = { .config = { .struct_size = sizeof(newer) } };

	accept(&newer.config);
}

Test(config, the_largest_magazines_and_the_smallest_work)
{
	const struct fmag_config large = {
		.cpu_count = 1,
		.magazine_rounds = FMAG_MAX_MAGAZINE_ROUNDS,
		.magazine_count = 4,
	};
	const struct fmag_config small = {
		.cpu_count = 1,
		.magazine_rounds = 1,
		.magazine_count = 1,
	};

	cr_assert_eq(accept(&large).magazine_rounds, FMAG_MAX_MAGAZINE_ROUNDS);
	cr_assert_eq(accept(&small).magazine_count, 1);
}

/* A cache in static storage, as a hypervisor has before it has a heap. */
static char storage[FMAG_CACHE_STORAGE_SIZE(1, 4, 8)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));

static const struct fmag_config static_config = {
	.cpu_count = 1,
	.magazine_rounds = 8,
	.magazine_count = 4,
};

Test(config, a_cache_in_static_storage_works_with_no_hook_set)
{
	fmag_hpa_t frame;

	cr_assert_eq(fmag_cache_init(&cache, storage, sizeof(storage), &hal.hal,
			     &static_config),
		FMAG_OK);
	frame = fmag_alloc_frame(cache);
	cr_assert_neq(frame, FMAG_HPA_NONE);
	fmag_dealloc_frame(cache, frame);
	cr_assert_eq(fmag_alloc_frame(cache), frame);
	cr_assert_eq(fmag_cache_fini(cache), 1);
	cr_assert_eq(test_hal_out(&hal), 1);
}

#define DIRT 0xa5

static bool is_dirty(const void *memory, size_t size)
{
	const unsigned char *byte = memory;

	while (size > 0 && byte[size - 1] == DIRT)
		size--;
	return size == 0;
}

Test(config, what_static_storage_held_before_does_not_matter)
{
	struct fmag_cache_stats stats;
	fmag_hpa_t frame;

	memset(storage, DIRT, sizeof(storage));
	cr_assert_eq(fmag_cache_init(&cache, storage, sizeof(storage), &hal.hal,
			     &static_config),
		FMAG_OK);
	fmag_cache_get_stats(cache, &stats);
	cr_assert_eq(stats.frames_from_hal, 0);
	cr_assert_eq(stats.frames_cached, 0);
	cr_assert_eq(stats.frames_quarantined, 0);
	cr_assert_eq(stats.depot_takes + stats.depot_direct + stats.faults, 0);
	frame = fmag_alloc_frame(cache);
	cr_assert_neq(frame, FMAG_HPA_NONE, "slots and marks are clean");
	fmag_dealloc_frame(cache, frame);
	cr_assert_eq(fmag_cache_fini(cache), 0);
}

Test(config, a_new_cache_has_not_touched_its_magazines_but_for_their_heads)
{
	const struct fmag_depot *depot;

	memset(storage, DIRT, sizeof(storage));
	cr_assert_eq(fmag_cache_init(&cache, storage, sizeof(storage), &hal.hal,
			     &static_config),
		FMAG_OK);
	depot = &cache->state->depot;
	for (unsigned i = 0; i < depot->magazine_count; i++)
		cr_assert(is_dirty(fmag_depot_magazine(depot, i)->frames,
			8 * sizeof(fmag_hpa_t)));
	cr_assert_eq(fmag_cache_fini(cache), 0);
}

Test(config, a_cache_undone_twice_says_nothing_the_second_time)
{
	fmag_cache_init(
		&cache, storage, sizeof(storage), &hal.hal, &static_config);
	cr_assert_neq(fmag_alloc_frame(cache), FMAG_HPA_NONE);
	cr_assert_eq(fmag_cache_fini(cache), 1);
	cr_assert_eq(fmag_cache_fini(cache), 0, "it is not live");
	cr_assert_eq(test_hal_out(&hal), 1);
}

static size_t count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	size_t lines = 0;
	int c;

	cr_assert_not_null(maps);
	while ((c = getc(maps)) != EOF)
		lines += c == '\n';
	fclose(maps);
	return lines;
}

/* Of different sizes: neighbours of one kind count as one mapping. */
static void make_and_destroy(unsigned caches)
{
	for (unsigned i = 0; i < caches; i++) {
		const struct fmag_config config = { .cpu_count = 1 + i % 7 };

		accept(&config);
	}
}

/* A sanitizer's runtime maps something of its own with the first ones. */
Test(config, a_thousand_caches_destroyed_leave_no_memory_mapped)
{
	size_t before;

	make_and_destroy(100);
	before = count_mappings();
	make_and_destroy(1000);
	cr_assert_leq(count_mappings(), before + 10);
}

Test(config, storage_that_is_missing_misaligned_or_too_small_is_refused)
{
	cr_assert_eq(fmag_cache_init(&cache, NULL, sizeof(storage), &hal.hal,
			     &static_config),
		FMAG_ERR_INVALID);
	cr_assert_null(cache);
	cr_assert_eq(fmag_cache_init(&cache, storage + 64, sizeof(storage) - 64,
			     &hal.hal, &static_config),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_cache_init(&cache, storage, sizeof(storage) - 1,
			     &hal.hal, &static_config),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_cache_init(NULL, storage, sizeof(storage), &hal.hal,
			     &static_config),
		FMAG_ERR_INVALID);
}

Test(config, storage_for_no_number_of_cpus_is_refused)
{
	const struct fmag_config none = { .magazine_count = 4 };

	cr_assert_eq(fmag_cache_init(
			     &cache, storage, sizeof(storage), &hal.hal, &none),
		FMAG_ERR_INVALID);
}

Test(config, storage_without_a_configuration_is_for_one_cpu)
{
	static char large[FMAG_CACHE_STORAGE_SIZE(1,
		FMAG_DEFAULT_MAGAZINES_PER_CPU, FMAG_DEFAULT_MAGAZINE_ROUNDS)]
		__attribute__((aligned(FMAG_CACHE_ALIGN)));
	struct fmag_cache_stats stats;

	cr_assert_eq(
		fmag_cache_init(&cache, large, sizeof(large), &hal.hal, NULL),
		FMAG_OK);
	fmag_cache_get_stats(cache, &stats);
	cr_assert_eq(stats.cpu_count, 1);
	cr_assert_eq(fmag_cache_fini(cache), 0);
}

Test(config, a_fault_ends_the_program_where_no_hook_is_set, .signal = SIGABRT)
{
	cr_assert_eq(fmag_cache_create(&cache, &hal.hal, NULL), FMAG_OK);
	fmag_dealloc_frame(cache, 12345);
}

Test(config, a_fault_in_static_storage_panics, .signal = SIGABRT)
{
	fmag_cache_init(
		&cache, storage, sizeof(storage), &hal.hal, &static_config);
	fmag_dealloc_frame(cache, 12345);
}

Test(config, each_status_has_its_words)
{
	cr_assert_str_eq(fmag_status_message(FMAG_OK), "success");
	for (int s = FMAG_ERR_NO_MEMORY; s <= FMAG_ERR_UNSUPPORTED; s++)
		cr_assert_str_neq(fmag_status_message((enum fmag_status)s),
			"unknown status");
	cr_assert_str_eq(
		fmag_status_message((enum fmag_status)99), "unknown status");
}
