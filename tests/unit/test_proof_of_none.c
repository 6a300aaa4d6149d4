/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The proof of NONE (G4), step by step: what another call does between two of
 * its steps is played inside the HAL's calls. An alloc that finds nothing makes
 * two: one on its way, and one between the two looks of the proof.
 */
#include <criterion/criterion.h>

#include "support/fixture.h"

#define FRAMES  64
#define CPUS    2
#define NO_SLOT 99u /* a CPU without magazines: it frees into the depot */

enum hal_call {
	ON_THE_WAY = 1,
	IN_THE_PROOF = 2
};

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];
static size_t count;

/* What happens inside which HAL call of the alloc under test. */
static void (*event)(void);
static enum hal_call event_call;
static size_t hal_calls;

/* While it lasts, the caller is moved to CPU 1 after its first question. */
static bool is_wandering;
static unsigned questions;

static unsigned wandering_cpu(void *hook_ctx)
{
	if (is_wandering)
		return questions++ == 0 ? 0 : 1;
	return fixture_current_cpu(hook_ctx);
}

static void play_event(void *ctx)
{
	(void)ctx;
	if (++hal_calls == event_call)
		event();
}

static void take_all(void)
{
	fmag_hpa_t frame;

	while ((frame = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		mine[count++] = frame;
}

/* Every frame is with the test; both CPUs have two empty magazines. */
static void setup(void)
{
	struct fmag_config config = fixture_config(&fix, CPUS, 4, 16);

	config.current_cpu = wandering_cpu;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	for (fix.cpu = 0; fix.cpu < CPUS; fix.cpu++)
		mine[count++] = fmag_alloc_frame(fix.cache);
	for (fix.cpu = 0; fix.cpu < CPUS; fix.cpu++)
		take_all();
	cr_assert_eq(count, FRAMES);
	fix.cpu = 0;
	fix.hal.inside_alloc = play_event;
}

TestSuite(proof_of_none, .init = setup);

static void free_on(unsigned cpu, size_t how_many)
{
	unsigned was = fix.cpu;

	fix.cpu = cpu;
	count -= how_many;
	fmag_dealloc_frames(fix.cache, &mine[count], how_many);
	fix.cpu = was;
}

static void free_one_to_the_depot(void)
{
	free_on(NO_SLOT, 1);
}

static void free_one_to_slot_0(void)
{
	fmag_hpa_t frame = mine[--count];
	unsigned was = fix.cpu;

	fix.cpu = 0;
	fmag_dealloc_frame(fix.cache, frame);
	fix.cpu = was;
}

static void free_two_to_slot_0(void)
{
	free_on(0, 2);
}

static void free_one_to_slot_0_and_wander(void)
{
	free_one_to_slot_0();
	is_wandering = true;
}

static void expect_what_comes(enum hal_call call, void (*what)(void))
{
	fmag_hpa_t frame;

	event_call = call;
	event = what;
	frame = fmag_alloc_frame(fix.cache);
	is_wandering = false;
	cr_assert_geq(hal_calls, call, "the HAL was asked");
	cr_assert_neq(frame, FMAG_HPA_NONE, "G4: a frame was to be had");
	mine[count++] = frame;
	fixture_fini(&fix, count);
}

Test(proof_of_none, g4_none_is_said_after_two_calls_of_a_hal_that_stays_dry)
{
	cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(hal_calls, IN_THE_PROOF, "nothing moved: no repetition");
	fixture_fini(&fix, count);
}

Test(proof_of_none, g4_a_frame_that_comes_to_the_depot_on_the_way_is_found)
{
	expect_what_comes(ON_THE_WAY, free_one_to_the_depot);
}

Test(proof_of_none, g4_a_frame_that_comes_to_the_depot_in_the_proof_is_found)
{
	expect_what_comes(IN_THE_PROOF, free_one_to_the_depot);
}

Test(proof_of_none, g4_a_frame_that_comes_to_the_slot_on_the_way_is_found)
{
	expect_what_comes(ON_THE_WAY, free_one_to_slot_0);
}

Test(proof_of_none, g4_a_frame_that_comes_to_the_slot_in_the_proof_is_found)
{
	expect_what_comes(IN_THE_PROOF, free_one_to_slot_0);
}

Test(proof_of_none, g4_frames_that_come_in_bulk_in_the_proof_are_found)
{
	expect_what_comes(IN_THE_PROOF, free_two_to_slot_0);
}

static void free_one_to_slot_1(void)
{
	free_on(1, 1);
}

Test(proof_of_none, g4_a_frame_that_comes_to_another_cpu_on_the_way_is_found)
{
	expect_what_comes(ON_THE_WAY, free_one_to_slot_1);
}

Test(proof_of_none, g4_a_frame_that_comes_to_another_cpu_in_the_proof_is_found)
{
	expect_what_comes(IN_THE_PROOF, free_one_to_slot_1);
}

Test(proof_of_none, g4_a_caller_without_a_slot_finds_what_comes_in_the_proof)
{
	fix.cpu = NO_SLOT;
	expect_what_comes(IN_THE_PROOF, free_one_to_the_depot);
}

Test(proof_of_none, g4_a_moved_caller_finds_what_is_in_the_slot_it_came_from)
{
	fix.cpu = 1;
	expect_what_comes(ON_THE_WAY, free_one_to_slot_0_and_wander);
}

Test(proof_of_none, g4_a_hal_that_fails_once_is_asked_again)
{
	fmag_hpa_t frame = mine[--count];

	fix.hal.ops.dealloc_frame(&fix.hal, frame);
	fix.hal.fail_call = fix.hal.calls + 1;
	cr_assert_eq(fmag_alloc_frame(fix.cache), frame);
	cr_assert_eq(hal_calls, IN_THE_PROOF);
	/* The cache was not told that the frame went back. */
	cr_assert_eq(fmag_cache_destroy(fix.cache), FRAMES + 1);
	test_hal_fini(&fix.hal);
}
