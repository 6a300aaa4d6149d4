/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evacuation: a physical range leaves the cache, and stays out; one thread plays
 * every CPU.
 */
#include <criterion/criterion.h>

#include "cache/cache.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/slot_view.h"

#define CPUS   3
#define ROUNDS 4
#define FRAMES 64
#define SIZE   TEST_HAL_FRAME_SIZE

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];
static size_t count;

static void init_on(enum fmag_front_kind front)
{
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 32);

	count = 0;
	fixture_init_on(&fix, front, fixture_hal_options(FRAMES), &config);
}

static void take_all(void)
{
	count = fmag_alloc_frames(fix.cache, mine, FRAMES);
	cr_assert_eq(count, FRAMES);
}

/* All frames are cached, some on each CPU and the others in the depot. */
static void spread(void)
{
	take_all();
	while (count > 0) {
		fixture_play(&fix, (unsigned)(count % CPUS));
		fmag_dealloc_frame(fix.cache, mine[--count]);
	}
	fixture_play(&fix, 0);
}

static fmag_hpa_t start_of(size_t first)
{
	return TEST_HAL_BASE + first * SIZE;
}

static enum fmag_status evacuate(size_t first, size_t frames, size_t budget)
{
	return fmag_cache_evacuate(
		fix.cache, start_of(first), frames * SIZE, budget);
}

static bool is_in(fmag_hpa_t frame, size_t first, size_t frames)
{
	return frame >= start_of(first) &&
		frame < start_of(first) + frames * SIZE;
}

static size_t cached_in(size_t first, size_t frames)
{
	const struct fmag_depot *depot = &fix.cache->state->depot;
	size_t found = 0;

	for (unsigned i = 0; i < depot->magazine_count; i++) {
		const struct fmag_magazine *magazine =
			fmag_depot_magazine(depot, i);

		for (size_t n = 0; n < fmag_magazine_rounds(magazine); n++)
			found += is_in(magazine->frames[n], first, frames);
	}
	return found;
}

static size_t out_of_hal_in(size_t first, size_t frames)
{
	size_t out = 0;

	for (size_t i = first; i < first + frames; i++)
		out += fix.hal.is_out[i];
	return out;
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, every_cached_frame_of_the_range_goes_back, .timeout = 60)
{
	init_on(front);
	spread();
	cr_assert_eq(cached_in(8, 16), 16);
	cr_assert_eq(evacuate(8, 16, SIZE_MAX), FMAG_OK);
	cr_assert_eq(cached_in(8, 16), 0);
	cr_assert_eq(out_of_hal_in(8, 16), 0, "the HAL has them");
	cr_assert_gt(cached_in(0, FRAMES), 0, "and not the others");
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(evacuate,
	a_frame_that_a_caller_has_goes_to_the_hal_when_it_is_freed,
	.timeout = 60)
{
	init_on(front);
	take_all();
	cr_assert_eq(evacuate(0, 8, SIZE_MAX), FMAG_OK);
	while (count > 0) {
		fixture_play(&fix, (unsigned)(count % CPUS));
		fmag_dealloc_frame(fix.cache, mine[--count]);
		cr_assert_eq(cached_in(0, 8), 0);
	}
	cr_assert_eq(out_of_hal_in(0, 8), 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, a_bulk_free_sorts_them_out_too, .timeout = 60)
{
	init_on(front);
	take_all();
	cr_assert_eq(evacuate(4, 8, SIZE_MAX), FMAG_OK);
	fmag_dealloc_frames(fix.cache, mine, count);
	cr_assert_eq(cached_in(4, 8), 0);
	cr_assert_eq(out_of_hal_in(4, 8), 0);
	cr_assert_gt(cached_in(0, FRAMES), 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(evacuate,
	what_is_loaded_afterwards_takes_no_frame_by_a_hit, .timeout = 60)
{
	init_on(front);
	spread();
	cr_assert_eq(evacuate(0, 1, SIZE_MAX), FMAG_OK);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fmag_hpa_t frame;

		fixture_play(&fix, cpu);
		frame = fmag_alloc_frame(fix.cache);
		cr_assert_neq(frame, FMAG_HPA_NONE);
		cr_assert_eq(
			fix.cache->front.ops->push(&fix.cache->front, frame),
			FMAG_FRONT_MISS);
		fmag_dealloc_frame(fix.cache, frame);
	}
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, allocs_go_on_from_what_is_left, .timeout = 60)
{
	init_on(front);
	spread();
	cr_assert_eq(evacuate(0, FRAMES / 2, SIZE_MAX), FMAG_OK);
	fix.hal.fail_all = true;
	for (size_t i = 0; i < FRAMES; i++) {
		fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

		if (frame == FMAG_HPA_NONE)
			break;
		cr_assert_not(is_in(frame, 0, FRAMES / 2));
		mine[count++] = frame;
	}
	cr_assert_eq(count, FRAMES / 2, "all that is left, wherever it lies");
	fix.hal.fail_all = false;
	fmag_dealloc_frames(fix.cache, mine, count);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, a_frame_that_the_hal_gives_goes_back, .timeout = 60)
{
	fmag_hpa_t frame;

	init_on(front);
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_OK);
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_eq(frame, FMAG_HPA_NONE, "it counts as none");
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, it_is_done_in_slices_of_the_budget, .timeout = 60)
{
	size_t calls = 1, before;

	init_on(front);
	spread();
	before = cached_in(0, FRAMES);
	while (evacuate(0, FRAMES, 4) == FMAG_ERR_BUSY) {
		size_t now = cached_in(0, FRAMES);

		cr_assert_leq(before - now, FMAG_HAL_RUN);
		before = now;
		calls++;
		cr_assert_lt(calls, 1000, "it comes to an end");
	}
	cr_assert_gt(calls, 4);
	cr_assert_eq(cached_in(0, FRAMES), 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, readmitted_frames_are_cached_again, .timeout = 60)
{
	init_on(front);
	take_all();
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_OK);
	cr_assert_eq(fmag_cache_readmit(fix.cache, start_of(0), FRAMES * SIZE),
		FMAG_OK);
	fmag_dealloc_frames(fix.cache, mine, count);
	cr_assert_gt(cached_in(0, FRAMES), 0);
	cr_assert_eq(fmag_cache_readmit(fix.cache, start_of(0), FRAMES * SIZE),
		FMAG_ERR_INVALID, "once is enough");
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, a_second_range_is_kept_out_as_well, .timeout = 60)
{
	init_on(front);
	spread();
	cr_assert_eq(evacuate(0, 4, SIZE_MAX), FMAG_OK);
	cr_assert_eq(evacuate(8, 4, SIZE_MAX), FMAG_OK);
	cr_assert_eq(cached_in(0, 4) + cached_in(8, 4), 0);
	cr_assert_eq(
		fmag_cache_readmit(fix.cache, start_of(0), 4 * SIZE), FMAG_OK);
	cr_assert_eq(evacuate(4, 4, SIZE_MAX), FMAG_OK, "beside the other one");
	cr_assert_eq(cached_in(4, 8), 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, bad_ranges_and_too_many_are_refused, .timeout = 60)
{
	init_on(front);
	cr_assert_eq(
		fmag_cache_evacuate(fix.cache, SIZE, 0, 1), FMAG_ERR_INVALID);
	cr_assert_eq(fmag_cache_evacuate(fix.cache, UINT64_MAX - 1, 3, 1),
		FMAG_ERR_INVALID);
	cr_assert_eq(
		fmag_cache_evacuate(fix.cache, UINT64_MAX - 1, 2, SIZE_MAX),
		FMAG_OK, "the last byte there is");
	for (unsigned i = 1; i < FMAG_MAX_EVACUATED; i++)
		cr_assert_eq(evacuate(i, 1, SIZE_MAX), FMAG_OK);
	cr_assert_eq(evacuate(20, 1, SIZE_MAX), FMAG_ERR_NO_MEMORY);
	cr_assert_eq(evacuate(1, 1, SIZE_MAX), FMAG_OK, "known already");
	cr_assert_eq(fmag_cache_readmit(fix.cache, start_of(20), SIZE),
		FMAG_ERR_INVALID);
	fixture_fini(&fix, 0);
}

/* What a handler that interrupted the HAL frees of the range. */
static void free_meanwhile(void *ctx)
{
	fmag_hpa_t *frame = ctx;

	if (*frame != FMAG_HPA_NONE)
		fmag_dealloc_frame(fix.cache, *frame);
	*frame = FMAG_HPA_NONE;
}

TEST_ON_EACH_PLAYED_FRONT(evacuate,
	one_freed_where_the_hal_may_not_be_called_is_quarantined, .timeout = 60)
{
	fmag_hpa_t of_range = FMAG_HPA_NONE;

	init_on(front);
	take_all();
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_OK);
	of_range = mine[--count];
	fix.hal.inside_dealloc = free_meanwhile;
	fix.hal.inside_ctx = &of_range;
	fmag_dealloc_frame(fix.cache, mine[--count]);
	fix.hal.inside_dealloc = NULL;
	cr_assert_eq(fix.faults, 1);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NO_ROOM);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 1);
	cr_assert_eq(cached_in(0, FRAMES), 0);
	fmag_dealloc_frames(fix.cache, mine, count);
	fixture_fini(&fix, 1);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, it_waits_for_no_hal_that_may_not_be_called, .timeout = 60)
{
	init_on(front);
	spread();
	(*fix.cache->host.mark(fix.cache->host.hook_ctx))++;
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_ERR_BUSY);
	(*fix.cache->host.mark(fix.cache->host.hook_ctx))--;
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_OK);
	fixture_fini(&fix, 0);
}

Test(evacuate, a_busy_slot_is_told_and_left_for_another_call_on_claim)
{
	struct fmag_slot *slot;

	init_on(FMAG_FRONT_CLAIM);
	spread();
	slot = fmag_front_slot(&fix.cache->front, 1);
	slot->claim.word |= 1;
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_ERR_BUSY);
	cr_assert_gt(cached_in(0, FRAMES), 0);
	slot->claim.word &= ~(uint64_t)1;
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_OK);
	cr_assert_eq(cached_in(0, FRAMES), 0);
	fixture_fini(&fix, 0);
}

/* It is asked, and gives its magazine up at its next miss. */
Test(evacuate, a_cpu_of_the_owner_front_is_asked_for_what_it_works_from)
{
	init_on(FMAG_FRONT_OWNER);
	spread();
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_ERR_BUSY);
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		fmag_cpu_poked(fix.cache);
	}
	fixture_play(&fix, 0);
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_OK);
	cr_assert_eq(cached_in(0, FRAMES), 0);
	fixture_fini(&fix, 0);
}

/* More than a run lies above the one frame of the range. */
TEST_ON_EACH_PLAYED_FRONT(evacuate,
	a_frame_at_the_bottom_of_a_large_magazine_is_found, .timeout = 60)
{
	struct fmag_config config = fixture_config(&fix, 1, 128, 2);
	static fmag_hpa_t all[128];
	size_t got;

	config.magazine_rounds_min = 128;
	fixture_init_on(&fix, front, fixture_hal_options(256), &config);
	got = fmag_alloc_frames(fix.cache, all, 128);
	cr_assert_eq(got, 128);
	fmag_dealloc_frames(fix.cache, all, got);
	cr_assert_eq(fmag_cache_evacuate(fix.cache, all[0], SIZE, 100000),
		FMAG_OK, "and it comes to an end");
	cr_assert_eq(fmag_cache_evacuate(fix.cache, all[127], SIZE, 100000),
		FMAG_OK);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, no_more_frames_move_than_the_budget_says, .timeout = 60)
{
	size_t before;

	init_on(front);
	spread();
	before = cached_in(0, FRAMES);
	evacuate(0, FRAMES, 1);
	cr_assert_geq(cached_in(0, FRAMES), before - 1);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	evacuate, a_contiguous_run_is_not_of_the_range, .timeout = 60)
{
	init_on(front);
	cr_assert_eq(evacuate(0, FRAMES, SIZE_MAX), FMAG_OK);
	cr_assert_eq(fmag_alloc_contiguous(fix.cache, 2, SIZE), FMAG_HPA_NONE);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	fixture_fini(&fix, 0);
}
