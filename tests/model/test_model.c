/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache against a plain set: random operations on several played CPUs,
 * fixed seeds, one million in all (ten with FMAG_TEST_ALL). The set says after
 * each whether the answer was possible, and the counts agree at all times (G1,
 * G2, G4 as far as one thread can tell).
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define FRAMES 300
#define CPUS   3
#define CALLER 1u
#define BATCH  24
#define SHAPES 5

struct model {
	struct fixture fix;
	struct owners owners;
	fmag_hpa_t held[FRAMES]; /* the callers' frames, in any order */
	size_t count;
	uint64_t rng;
};

struct shape {
	unsigned rounds;
	unsigned magazines;
	bool bulk;
};

static const struct shape shapes[SHAPES] = {
	{ 1, 4, true },
	{ 1, 16, false },
	{ 2, 9, true },
	{ 4, 24, false },
	{ 126, 16, true },
};

static size_t operations(void)
{
	size_t all = getenv("FMAG_TEST_ALL") != NULL ? 10000000 : 1000000;

	return all / SHAPES;
}

static void take(struct model *model, fmag_hpa_t frame)
{
	owners_take(&model->owners, frame, CALLER);
	cr_assert_eq(model->owners.doubles, 0, "G2: a frame was given twice");
	model->held[model->count++] = frame;
}

static fmag_hpa_t give_any(struct model *model)
{
	size_t at = rng_below(&model->rng, model->count);
	fmag_hpa_t frame = model->held[at];

	model->held[at] = model->held[--model->count];
	owners_give(&model->owners, frame, CALLER);
	return frame;
}

/*
 * NONE is right only if the depot, this CPU and the HAL have no frame: what
 * is cached must then be in the other CPUs' two magazines.
 */
static void check_none(struct model *model)
{
	struct fmag_cache_stats stats = fixture_stats(&model->fix);
	size_t others = model->fix.cpu < CPUS ? CPUS - 1 : CPUS;

	cr_assert(model->fix.hal.fail_all || model->fix.hal.free_count == 0,
		"G4: NONE, and the HAL has frames");
	cr_assert_leq(stats.frames_cached, others * 2 * stats.magazine_rounds,
		"G4: NONE, and more is cached than other CPUs can hold");
}

static void do_alloc(struct model *model)
{
	fmag_hpa_t frame = fmag_alloc_frame(model->fix.cache);

	if (frame != FMAG_HPA_NONE)
		take(model, frame);
	else
		check_none(model);
}

static void do_alloc_cached(struct model *model)
{
	size_t calls = model->fix.hal.calls;
	fmag_hpa_t frame = fmag_alloc_frame_cached(model->fix.cache);

	cr_assert_eq(model->fix.hal.calls, calls);
	if (frame != FMAG_HPA_NONE)
		take(model, frame);
}

static void do_dealloc(struct model *model)
{
	if (model->count > 0)
		fmag_dealloc_frame(model->fix.cache, give_any(model));
}

static void do_alloc_many(struct model *model)
{
	fmag_hpa_t frames[BATCH];
	size_t count = rng_below(&model->rng, BATCH + 1);
	size_t got = fmag_alloc_frames(model->fix.cache, frames, count);

	cr_assert_leq(got, count);
	for (size_t i = 0; i < got; i++)
		take(model, frames[i]);
	if (got < count)
		check_none(model);
}

static void do_dealloc_many(struct model *model)
{
	fmag_hpa_t frames[BATCH];
	size_t count = rng_below(&model->rng, BATCH + 1);

	if (count > model->count)
		count = model->count;
	for (size_t i = 0; i < count; i++)
		frames[i] = give_any(model);
	fmag_dealloc_frames(model->fix.cache, frames, count);
}

static void do_contiguous(struct model *model)
{
	size_t count = 1 + rng_below(&model->rng, 4);
	fmag_hpa_t run = fmag_alloc_contiguous(
		model->fix.cache, count, TEST_HAL_FRAME_SIZE * 2);

	if (run == FMAG_HPA_NONE)
		return;
	cr_assert_eq(run % (TEST_HAL_FRAME_SIZE * 2), 0);
	fmag_dealloc_contiguous(model->fix.cache, run, count);
}

static void do_migrate(struct model *model)
{
	/* One of the CPUs, or one that has no slot. */
	fixture_play(&model->fix, (unsigned)rng_below(&model->rng, CPUS + 1));
}

static void do_drain(struct model *model)
{
	unsigned cpu = (unsigned)rng_below(&model->rng, CPUS);
	size_t most = rng_below(&model->rng, FRAMES);
	size_t out = test_hal_out(&model->fix.hal);

	cr_assert_eq(fmag_cpu_drain(model->fix.cache, cpu), FMAG_OK);
	if (rng_below(&model->rng, 4) != 0)
		return;
	cr_assert_leq(fmag_cache_drain(model->fix.cache, most), most);
	cr_assert_leq(out - test_hal_out(&model->fix.hal), most);
}

static void do_hal_weather(struct model *model)
{
	model->fix.hal.fail_all = rng_below(&model->rng, 4) == 0;
}

static void step(struct model *model)
{
	uint64_t dice = rng_below(&model->rng, 1000);

	if (dice < 5)
		do_hal_weather(model);
	else if (dice < 10)
		do_contiguous(model);
	else if (dice < 15)
		do_drain(model);
	else if (dice < 60)
		do_migrate(model);
	else if (dice < 110)
		do_alloc_many(model);
	else if (dice < 160)
		do_dealloc_many(model);
	else if (dice < 200)
		do_alloc_cached(model);
	else if (dice < 600)
		do_alloc(model);
	else
		do_dealloc(model);
}

static void check_counts(struct model *model)
{
	struct fmag_cache_stats stats = fixture_stats(&model->fix);

	cr_assert_eq(stats.frames_with_callers, model->count,
		"G1: %zu with callers, the cache says %zu", model->count,
		(size_t)stats.frames_with_callers);
	cr_assert_eq(stats.frames_from_hal, test_hal_out(&model->fix.hal),
		"G1: out of the HAL");
	cr_assert_eq(model->fix.faults, 0);
}

static void run_shape(
	enum fmag_front_kind front, const struct shape *shape, uint64_t seed)
{
	static struct model model;
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct fmag_config config = fixture_config(
		&model.fix, CPUS, shape->rounds, shape->magazines);
	const struct fmag_platform rseq = fixture_played_rseq();

	memset(&model, 0, sizeof(model));
	options.bulk = shape->bulk;
	if (front == FMAG_FRONT_RSEQ)
		fixture_init_on_rseq(&model.fix, options, &config, &rseq);
	else
		fixture_init(&model.fix, options, &config);
	owners_init(&model.owners, &model.fix.hal);
	model.rng = seed;
	for (size_t i = 0; i < operations(); i++) {
		step(&model);
		if (i % 64 == 0)
			check_counts(&model);
	}
	check_counts(&model);
	owners_fini(&model.owners);
	fixture_fini(&model.fix, model.count);
}

TEST_ON_EACH_PLAYED_FRONT(model, one_round_a_magazine, .timeout = 120)
{
	run_shape(front, &shapes[0], 1);
}

TEST_ON_EACH_PLAYED_FRONT(model,
	one_round_a_magazine_and_a_hal_without_bulk_verbs, .timeout = 120)
{
	run_shape(front, &shapes[1], 2);
}

TEST_ON_EACH_PLAYED_FRONT(model, two_rounds_a_magazine, .timeout = 120)
{
	run_shape(front, &shapes[2], 3);
}

TEST_ON_EACH_PLAYED_FRONT(model,
	four_rounds_a_magazine_and_a_hal_without_bulk_verbs, .timeout = 120)
{
	run_shape(front, &shapes[3], 4);
}

TEST_ON_EACH_PLAYED_FRONT(model, magazines_of_the_default_size, .timeout = 120)
{
	run_shape(front, &shapes[4], 5);
}
