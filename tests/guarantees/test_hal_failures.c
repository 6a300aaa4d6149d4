/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The failure of every single HAL call in turn, through a workload that uses
 * every verb: nothing is lost, nothing is given twice, and the call that failed
 * is the only one that notices (G1, G2).
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/fixture.h"
#include "support/owners.h"

#define FRAMES 96
#define CPUS   2
#define ROUNDS 4
#define BULK   10

static struct fixture fix;
static struct owners owners;
static fmag_hpa_t held[FRAMES];
static size_t count;
static size_t refused;

static void keep(fmag_hpa_t frame)
{
	if (frame == FMAG_HPA_NONE) {
		refused++;
		return;
	}
	owners_take(&owners, frame, 1);
	held[count++] = frame;
}

static fmag_hpa_t part_with(void)
{
	owners_give(&owners, held[count - 1], 1);
	return held[--count];
}

static void use_single_frames(void)
{
	for (size_t i = 0; i < 5 * ROUNDS; i++)
		keep(fmag_alloc_frame(fix.cache));
	while (count > ROUNDS)
		fmag_dealloc_frame(fix.cache, part_with());
}

static void use_bulk(void)
{
	fmag_hpa_t frames[BULK];
	size_t got = fmag_alloc_frames(fix.cache, frames, BULK);

	refused += got < BULK;
	for (size_t i = 0; i < got; i++)
		keep(frames[i]);
	got = 0;
	while (count > 0 && got < BULK)
		frames[got++] = part_with();
	fmag_dealloc_frames(fix.cache, frames, got);
}

static void use_runs_and_handles(void)
{
	fmag_hpa_t run = fmag_alloc_contiguous(fix.cache, 4, 4096);
	struct fmag_phys_frame frame;

	if (run != FMAG_HPA_NONE)
		fmag_dealloc_contiguous(fix.cache, run, 4);
	refused += run == FMAG_HPA_NONE;
	refused += fmag_phys_frame_alloc(fix.cache, &frame) != FMAG_OK;
	fmag_phys_frame_drop(&frame);
}

static void work(void)
{
	for (fix.cpu = 0; fix.cpu <= CPUS; fix.cpu++) {
		use_single_frames();
		use_bulk();
		use_runs_and_handles();
	}
	while (count > 0)
		fmag_dealloc_frame(fix.cache, part_with());
}

/* How many HAL calls there were when call `fail` failed. */
static size_t run(size_t fail, bool bulk)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 8);
	size_t calls;

	options.bulk = bulk;
	count = refused = 0;
	fixture_init(&fix, options, &config);
	owners_init(&owners, &fix.hal);
	fix.hal.fail_call = fail;
	work();
	cr_assert_eq(owners.doubles, 0, "G2: call %zu failed", fail);
	cr_assert_eq(fix.faults, 0, "call %zu failed", fail);
	cr_assert_leq(refused, fail != 0, "one failure, one refusal at most");
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0,
		"G1: call %zu failed", fail);
	calls = fix.hal.calls;
	owners_fini(&owners);
	fixture_fini(&fix, 0);
	return calls;
}

static void fail_each_call(bool bulk)
{
	size_t calls = run(0, bulk);

	cr_assert_gt(calls, 10);
	for (size_t fail = 1; fail <= calls; fail++)
		run(fail, bulk);
}

Test(hal_failures, g1_g2_each_bulk_call_fails_once)
{
	fail_each_call(true);
}

Test(hal_failures, g1_g2_each_single_call_fails_once)
{
	fail_each_call(false);
}

Test(hal_failures, g4_a_hal_that_always_fails_gives_none_and_takes_nothing)
{
	fixture_init_simple(&fix, FRAMES, CPUS, ROUNDS, 8);
	fix.hal.fail_all = true;
	for (fix.cpu = 0; fix.cpu <= CPUS; fix.cpu++) {
		fmag_hpa_t frames[BULK];

		cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE);
		cr_assert_eq(fmag_alloc_frames(fix.cache, frames, BULK), 0);
	}
	fixture_fini(&fix, 0);
}
