/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "support/census.h"
#include "support/played_area.h"

unsigned fixture_current_cpu(void *hook_ctx)
{
	const struct fixture *fixture = hook_ctx;

	return fixture->cpu;
}

void fixture_on_fault(void *hook_ctx, const struct fmag_fault *fault)
{
	struct fixture *fixture = hook_ctx;

	fixture->faults++;
	fixture->last_fault = *fault;
}

bool fixture_no_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	(void)cpu;
	return false;
}

struct fmag_config fixture_config(struct fixture *fixture, unsigned cpus,
	unsigned rounds, unsigned magazines)
{
	return (struct fmag_config){
		.struct_size = sizeof(struct fmag_config),
		.cpu_count = cpus,
		.magazine_rounds = rounds,
		.magazine_count = magazines,
		.current_cpu = fixture_current_cpu,
		.on_fault = fixture_on_fault,
		.hook_ctx = fixture,
	};
}

struct test_hal_options fixture_hal_options(size_t frames)
{
	return (struct test_hal_options){
		.frames = frames,
		.bulk = true,
		.contiguous = true,
		.fill = true,
	};
}

void fixture_play(struct fixture *fixture, unsigned cpu)
{
	fixture->cpu = cpu;
#if FMAG_HAS_RSEQ_
	played_area_set_cpu(cpu);
#endif
}

/* A section that a barrier would be for is never under way. */
static bool nobody_else_runs(int cpu)
{
	(void)cpu;
	return true;
}

struct fmag_platform fixture_played_rseq(void)
{
	return (struct fmag_platform)
	{
		.current_cpu = fixture_current_cpu, .has_rseq = true,
#if FMAG_HAS_RSEQ_
		.rseq_offset = played_area_offset(),
#endif
		.barrier = nobody_else_runs,
	};
}

void fixture_init_on_rseq(struct fixture *fixture,
	struct test_hal_options options, const struct fmag_config *config,
	const struct fmag_platform *platform)
{
	struct fmag_config on_rseq = *config, resolved;

	test_hal_init(&fixture->hal, options);
	fixture->faults = 0;
	fixture_play(fixture, 0);
	on_rseq.current_cpu = NULL;
	on_rseq.front = FMAG_FRONT_RSEQ;
	cr_assert_eq(fmag_config_resolve(
			     &resolved, &on_rseq, &fixture->hal.hal, platform),
		FMAG_OK);
	cr_assert_eq(posix_memalign(&fixture->storage, FMAG_CACHE_ALIGN,
			     fmag_config_storage_size(&resolved)),
		0);
	fixture->cache = fmag_cache_build(
		fixture->storage, &fixture->hal.hal, &resolved, platform);
}

void fixture_init(struct fixture *fixture, struct test_hal_options options,
	const struct fmag_config *config)
{
	test_hal_init(&fixture->hal, options);
	fixture->storage = NULL;
	fixture->faults = 0;
	fixture_play(fixture, 0);
	cr_assert_eq(
		fmag_cache_create(&fixture->cache, &fixture->hal.hal, config),
		FMAG_OK);
}

void fixture_init_in(struct fixture *fixture, struct test_hal_options options,
	const struct fmag_config *config, void *storage, size_t size)
{
	test_hal_init(&fixture->hal, options);
	fixture->storage = NULL;
	fixture->faults = 0;
	fixture_play(fixture, 0);
	cr_assert_eq(fmag_cache_init(&fixture->cache, storage, size,
			     &fixture->hal.hal, config),
		FMAG_OK);
}

void fixture_init_on(struct fixture *fixture, enum fmag_front_kind front,
	struct test_hal_options options, const struct fmag_config *config)
{
	const struct fmag_platform rseq = fixture_played_rseq();
	struct fmag_config on_front = *config;

	on_front.front = front;
	if (front == FMAG_FRONT_RSEQ)
		fixture_init_on_rseq(fixture, options, config, &rseq);
	else
		fixture_init(fixture, options, &on_front);
}

void fixture_init_simple(struct fixture *fixture, size_t frames, unsigned cpus,
	unsigned rounds, unsigned magazines)
{
	struct fmag_config config =
		fixture_config(fixture, cpus, rounds, magazines);

	fixture_init(fixture, fixture_hal_options(frames), &config);
}

static size_t destroy(struct fixture *fixture)
{
	size_t out;

	if (fixture->storage == NULL)
		return fmag_cache_destroy(fixture->cache);
	out = fmag_cache_fini(fixture->cache);
	free(fixture->storage);
	return out;
}

void fixture_fini(struct fixture *fixture, size_t out)
{
	const char *complaint = census_complaint(fixture->cache, 0);

	cr_assert_null(complaint, "%s", complaint);
	cr_assert_eq(
		destroy(fixture), out, "G1: frames still out, by the cache");
	cr_assert_eq(test_hal_out(&fixture->hal), out,
		"G1: frames still out, by the HAL");
	test_hal_fini(&fixture->hal);
}

struct fmag_cache_stats fixture_stats(struct fixture *fixture)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(fixture->cache, &stats);
	return stats;
}
