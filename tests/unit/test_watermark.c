/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The watermarks. A CPU without a slot allocates and frees, so that every frame
 * comes from the depot and goes there: ROUNDS freed ones make a full magazine.
 */
#include <criterion/criterion.h>

#include "support/fixture.h"

#define ROUNDS  4
#define FRAMES  256
#define LOW     (2 * ROUNDS)
#define HIGH    (4 * ROUNDS)
#define NO_SLOT 9u

static struct fixture fix;
static fmag_hpa_t frames[FRAMES];
static size_t count;

static unsigned calls[2];
static unsigned inside;
static void (*reaction)(enum fmag_watermark watermark);

static void on_watermark(void *hook_ctx, enum fmag_watermark watermark)
{
	cr_assert_eq(hook_ctx, &fix);
	cr_assert_eq(inside, 0, "it was called by what it did");
	inside++;
	calls[watermark]++;
	if (reaction != NULL)
		reaction(watermark);
	inside--;
}

static struct fmag_config watched(void)
{
	struct fmag_config config = fixture_config(&fix, 2, ROUNDS, 32);

	config.watermark_low = LOW;
	config.watermark_high = HIGH;
	config.on_watermark = on_watermark;
	return config;
}

static size_t full(void)
{
	return fmag_depot_full_frames(&fix.cache->state->depot);
}

static void take(void)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	cr_assert_neq(frame, FMAG_HPA_NONE);
	frames[count++] = frame;
}

static void give(void)
{
	fmag_dealloc_frame(fix.cache, frames[--count]);
}

static void rise_to(size_t level)
{
	while (full() < level)
		give();
}

static void fall_to(size_t level)
{
	while (full() > level)
		take();
}

static void expect(unsigned low, unsigned high)
{
	cr_assert_eq(calls[FMAG_WATERMARK_LOW], low, "LOW: %u times",
		calls[FMAG_WATERMARK_LOW]);
	cr_assert_eq(calls[FMAG_WATERMARK_HIGH], high, "HIGH: %u times",
		calls[FMAG_WATERMARK_HIGH]);
}

/* Frames enough with the test; none in full magazines. */
static void setup(void)
{
	struct fmag_config config = watched();

	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	fix.cpu = NO_SLOT;
	while (count < FRAMES / 2)
		take();
	cr_assert_eq(full(), 0);
}

static void teardown(void)
{
	fixture_fini(&fix, count);
}

TestSuite(watermark, .init = setup, .fini = teardown);

Test(watermark, a_cache_begins_low_and_nobody_is_called_for_that)
{
	rise_to(LOW);
	fall_to(0);
	expect(0, 0);
}

Test(watermark, high_is_called_once_above_it_and_not_at_it)
{
	rise_to(HIGH);
	expect(0, 0);
	rise_to(HIGH + ROUNDS);
	expect(0, 1);
	rise_to(HIGH + 3 * ROUNDS);
	expect(0, 1);
}

Test(watermark, low_is_called_once_below_it_and_not_at_it)
{
	rise_to(HIGH + ROUNDS);
	fall_to(LOW);
	expect(0, 1);
	fall_to(LOW - ROUNDS);
	expect(1, 1);
	fall_to(0);
	expect(1, 1);
}

Test(watermark, what_moves_between_them_calls_nobody)
{
	rise_to(HIGH + ROUNDS);
	for (unsigned turn = 0; turn < 5; turn++) {
		fall_to(LOW);
		rise_to(HIGH + ROUNDS);
	}
	expect(0, 1);
	fall_to(0);
	for (unsigned turn = 0; turn < 5; turn++) {
		rise_to(HIGH);
		fall_to(0);
	}
	expect(1, 1);
}

Test(watermark, each_is_called_again_after_the_other)
{
	for (unsigned turn = 1; turn <= 3; turn++) {
		rise_to(HIGH + ROUNDS);
		expect(turn - 1, turn);
		fall_to(0);
		expect(turn, turn);
	}
}

Test(watermark, a_cpu_with_a_slot_passes_them_too)
{
	fix.cpu = 0;
	while (full() <= HIGH)
		give();
	give();
	expect(0, 1);
	while (full() >= LOW)
		take();
	expect(1, 1);
}

static void take_and_give_back(enum fmag_watermark watermark)
{
	size_t level = full();

	(void)watermark;
	fall_to(0);
	rise_to(HIGH + 2 * ROUNDS);
	fall_to(level);
}

Test(watermark, a_hook_that_passes_them_itself_is_not_called_by_that)
{
	reaction = take_and_give_back;
	rise_to(HIGH + ROUNDS);
	expect(0, 1);
	fall_to(0);
	expect(1, 1);
}

static void trim_all(enum fmag_watermark watermark)
{
	if (watermark == FMAG_WATERMARK_HIGH)
		cr_assert_gt(fmag_cache_trim(fix.cache, 0, SIZE_MAX), 0);
}

Test(watermark, a_hook_that_trims_too_far_hears_of_it_from_the_next_call)
{
	reaction = trim_all;
	while (calls[FMAG_WATERMARK_HIGH] == 0)
		give();
	expect(0, 1);
	cr_assert_eq(full(), 0);
	give();
	expect(1, 1);
}

/* Played: it has left the state behind that it found. */
Test(watermark, a_hook_that_never_returns_stops_nobody)
{
	fix.cache->state->watermark = 2;
	rise_to(HIGH + 3 * ROUNDS);
	fall_to(0);
	expect(0, 0);
}

Test(watermark, a_cache_without_a_hook_has_none)
{
	struct fmag_config config = fixture_config(&fix, 2, ROUNDS, 32);
	const size_t out = count;

	fixture_fini(&fix, out);
	count = 0;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	fix.cpu = NO_SLOT;
	while (count < FRAMES / 2)
		take();
	rise_to(HIGH + 3 * ROUNDS);
	fall_to(0);
	expect(0, 0);
}

static void refuse(struct fmag_config config)
{
	struct fmag_cache *cache;

	cr_assert_eq(fmag_cache_create(&cache, &fix.hal.hal, &config),
		FMAG_ERR_INVALID);
}

Test(watermark, a_configuration_has_both_and_a_hook_or_none)
{
	struct fmag_config config = watched();

	config.watermark_low = 0;
	refuse(config);
	config = watched();
	config.watermark_high = 0;
	refuse(config);
	config = watched();
	config.watermark_low = HIGH;
	refuse(config);
	config = watched();
	config.on_watermark = NULL;
	refuse(config);
	config.watermark_low = config.watermark_high = 0;
	config.on_watermark = on_watermark;
	refuse(config);
}
