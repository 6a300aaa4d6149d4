/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reclaimers: who is asked when an allocation would fail, in which order, and
 * what may happen inside. One thread; what others do while a callback runs is
 * played inside it.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "cache/flush.h"
#include "support/fixture.h"

#define FRAMES 64
#define ROUNDS 8
#define THREE  3

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];
static size_t count;

/* A layer above: gives back a few of the frames that are out. */
struct layer {
	struct fmag_reclaimer reclaimer;
	size_t gives;   /* frames, at most, each time */
	bool lies;      /* says so, and gives none */
	size_t wanted;  /* the last time */
	unsigned asked; /* times */
	unsigned turn;  /* the last time: one of all layers' */
	void (*inside)(struct layer *layer);
};

static struct layer layers[FMAG_MAX_RECLAIMERS + 1];
static unsigned turns;

static size_t give(size_t how_many)
{
	how_many = how_many < count ? how_many : count;
	count -= how_many;
	fmag_dealloc_frames(fix.cache, &mine[count], how_many);
	return how_many;
}

static size_t reclaim(void *ctx, struct fmag_cache *cache, size_t wanted)
{
	struct layer *layer = ctx;

	cr_assert_eq(cache, fix.cache);
	layer->wanted = wanted;
	layer->asked++;
	layer->turn = ++turns;
	if (layer->inside != NULL)
		layer->inside(layer);
	return layer->lies ? 1 : give(layer->gives);
}

static enum fmag_status add(size_t i, size_t gives)
{
	layers[i] = (struct layer){
		.reclaimer = { .reclaim = reclaim, .ctx = &layers[i] },
		.gives = gives,
	};
	return fmag_register_reclaim(fix.cache, &layers[i].reclaimer);
}

static enum fmag_status remove_layer(size_t i)
{
	return fmag_unregister_reclaim(fix.cache, &layers[i].reclaimer);
}

/* Every frame is with the test. */
static void setup(void)
{
	fixture_init_simple(&fix, FRAMES, 2, ROUNDS, 16);
	count = fmag_alloc_frames(fix.cache, mine, FRAMES);
	cr_assert_eq(count, FRAMES);
}

TestSuite(reclaimers, .init = setup, .timeout = 10);

static void expect_a_frame(void)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	cr_assert_neq(frame, FMAG_HPA_NONE);
	mine[count++] = frame;
}

static void expect_none(void)
{
	cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE);
}

/* The table. */

Test(reclaimers, one_without_a_function_is_refused)
{
	const struct fmag_reclaimer nothing = { NULL, NULL, false };

	cr_assert_eq(
		fmag_register_reclaim(fix.cache, &nothing), FMAG_ERR_INVALID);
	fixture_fini(&fix, count);
}

Test(reclaimers, there_is_room_for_so_many_and_again_when_one_has_gone)
{
	for (size_t i = 0; i < FMAG_MAX_RECLAIMERS; i++)
		cr_assert_eq(add(i, 0), FMAG_OK);
	cr_assert_eq(add(FMAG_MAX_RECLAIMERS, 0), FMAG_ERR_NO_MEMORY);
	cr_assert_eq(remove_layer(3), FMAG_OK);
	cr_assert_eq(add(FMAG_MAX_RECLAIMERS, 0), FMAG_OK);
	fixture_fini(&fix, count);
}

Test(reclaimers, one_that_is_not_registered_cannot_be_taken_out)
{
	cr_assert_eq(remove_layer(0), FMAG_ERR_INVALID);
	cr_assert_eq(add(0, 1), FMAG_OK);
	cr_assert_eq(remove_layer(1), FMAG_ERR_INVALID);
	cr_assert_eq(remove_layer(0), FMAG_OK);
	cr_assert_eq(remove_layer(0), FMAG_ERR_INVALID);
	expect_none();
	cr_assert_eq(layers[0].asked, 0, "it is not called any more");
	fixture_fini(&fix, count);
}

/* Who is asked, and when. */

Test(reclaimers, an_alloc_that_would_fail_gets_what_is_given_back)
{
	add(0, 1);
	expect_a_frame();
	cr_assert_eq(layers[0].asked, 1);
	cr_assert_eq(layers[0].wanted, fmag_run_length(fix.cache));
	fixture_fini(&fix, count);
}

Test(reclaimers, what_is_given_back_on_another_cpu_is_had_too)
{
	add(0, 3 * ROUNDS);
	fix.cpu = 1;
	expect_a_frame();
	fixture_fini(&fix, count);
}

Test(reclaimers, an_alloc_that_finds_a_frame_asks_nobody)
{
	add(0, 1);
	give(1);
	expect_a_frame();
	cr_assert_eq(layers[0].asked, 0);
	fixture_fini(&fix, count);
}

Test(reclaimers, an_alloc_from_the_caches_alone_asks_nobody)
{
	add(0, 1);
	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(layers[0].asked, 0);
	fixture_fini(&fix, count);
}

Test(reclaimers, a_bulk_alloc_asks_for_what_it_lacks)
{
	fmag_hpa_t frames[5];

	add(0, 3);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 5), 5);
	cr_assert_eq(layers[0].asked, 2, "for the first, and for the fourth");
	fixture_fini(&fix, count + 5);
}

Test(reclaimers, they_are_asked_in_order_until_one_gives)
{
	for (size_t i = 0; i < THREE; i++)
		add(i, i == 1);
	expect_a_frame();
	cr_assert_eq(layers[0].turn, 1);
	cr_assert_eq(layers[1].turn, 2);
	cr_assert_eq(layers[2].asked, 0);
	fixture_fini(&fix, count);
}

Test(reclaimers, one_that_gives_nothing_though_it_says_so_is_asked_once)
{
	for (size_t i = 0; i < THREE; i++) {
		add(i, 0);
		layers[i].lies = true;
	}
	expect_none();
	for (size_t i = 0; i < THREE; i++)
		cr_assert_eq(layers[i].turn, i + 1);
	cr_assert_eq(turns, THREE);
	fixture_fini(&fix, count);
}

Test(reclaimers, one_in_a_place_that_was_left_is_asked_last)
{
	for (size_t i = 0; i < THREE; i++)
		add(i, 0);
	remove_layer(0);
	add(THREE, 0);
	expect_none();
	cr_assert_eq(layers[1].turn, 1);
	cr_assert_eq(layers[2].turn, 2);
	cr_assert_eq(layers[THREE].turn, 3);
	fixture_fini(&fix, count);
}

static void ask_in_a_handler(void *ctx)
{
	(void)ctx;
	fix.hal.inside_alloc = NULL;
	expect_none();
	cr_assert_eq(layers[0].asked, 0);
}

Test(reclaimers, g6_a_handler_that_interrupted_the_hal_asks_nobody)
{
	add(0, 1);
	fix.hal.inside_alloc = ask_in_a_handler;
	expect_a_frame();
	cr_assert_eq(layers[0].asked, 1, "by what was interrupted");
	fixture_fini(&fix, count);
}

/* Inside one. */

static void another_allocates(struct layer *layer)
{
	unsigned asked = layer->asked;

	expect_a_frame();
	cr_assert_eq(layer->asked, asked, "somebody is in it");
}

Test(reclaimers, g3_while_somebody_is_in_one_others_ask_the_rest)
{
	add(0, 1);
	add(1, 1);
	layers[0].inside = another_allocates;
	expect_a_frame();
	cr_assert_eq(layers[0].asked, 1);
	cr_assert_eq(layers[1].asked, 1);
	fixture_fini(&fix, count);
}

static void another_takes_it_out(struct layer *layer)
{
	cr_assert_eq(fmag_unregister_reclaim(fix.cache, &layer->reclaimer),
		FMAG_ERR_BUSY);
}

Test(reclaimers, one_that_somebody_is_in_stays_registered)
{
	add(0, 1);
	layers[0].inside = another_takes_it_out;
	expect_a_frame();
	cr_assert_eq(remove_layer(0), FMAG_OK);
	fixture_fini(&fix, count);
}

static void another_comes_for_it(struct layer *layer)
{
	layer->inside = NULL;
	expect_a_frame();
}

Test(reclaimers, g3_one_for_many_is_asked_while_somebody_is_in_it)
{
	add(0, 1);
	remove_layer(0);
	layers[0].reclaimer.many_at_once = true;
	fmag_register_reclaim(fix.cache, &layers[0].reclaimer);
	layers[0].inside = another_comes_for_it;
	expect_a_frame();
	cr_assert_eq(layers[0].asked, 2);
	cr_assert_eq(remove_layer(0), FMAG_OK, "both have left");
	fixture_fini(&fix, count);
}

static void goes_and_comes_back(struct layer *layer)
{
	size_t other = layer == &layers[0] ? 1 : 0;

	remove_layer(other);
	fmag_register_reclaim(fix.cache, &layers[other].reclaimer);
}

Test(reclaimers, one_that_comes_while_others_are_asked_is_not_waited_for)
{
	add(0, 0);
	add(1, 0);
	layers[0].inside = layers[1].inside = goes_and_comes_back;
	layers[0].lies = layers[1].lies = true;
	expect_none();
	cr_assert_eq(turns, 1, "the other one had not been there at first");
	fixture_fini(&fix, count);
}

static void uses_every_verb(struct layer *layer)
{
	fmag_hpa_t frames[4], run;
	size_t got;

	(void)layer;
	give(8);
	got = fmag_alloc_frames(fix.cache, frames, 4);
	fmag_dealloc_frames(fix.cache, frames, got);
	fmag_cpu_drain(fix.cache, 0);
	fmag_cache_drain(fix.cache, 2);
	run = fmag_alloc_contiguous(fix.cache, 1, TEST_HAL_FRAME_SIZE);
	if (run != FMAG_HPA_NONE)
		fmag_dealloc_contiguous(fix.cache, run, 1);
}

Test(reclaimers, a_callback_may_use_every_verb)
{
	add(0, 1);
	layers[0].inside = uses_every_verb;
	expect_a_frame();
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, count);
}

/* Each HAL call inside a search that asks fails once (G1). */
Test(reclaimers, g1_a_hal_that_fails_while_they_are_asked_loses_nothing)
{
	add(0, 1);
	layers[0].inside = uses_every_verb;
	for (size_t fail = 1; fail < 12; fail++) {
		fmag_hpa_t frame;

		fix.hal.fail_call = fix.hal.calls + fail;
		frame = fmag_alloc_frame(fix.cache);
		if (frame != FMAG_HPA_NONE)
			mine[count++] = frame;
		cr_assert_eq(fixture_stats(&fix).frames_with_callers, count);
		count += fmag_alloc_frames(
			fix.cache, &mine[count], FRAMES - count);
	}
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, count);
}
