/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G3, G4 and G6 on the real code, instruction by instruction. An operation is
 * stopped after each of its instructions in turn; while it stands there, the
 * rest of the world takes every frame that can be had, gives them back, and
 * counts what was out of reach. Then the operation goes on, as after a signal
 * or an interrupt (G6), or never does (G3).
 *
 * What a stopped operation may withhold on the claim front: the two magazines
 * of its CPU while it holds them, and one frame in its hands; where it has been
 * to the HAL, the run it fetched or brings there (docs/design.md).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cache/cache.h"
#include "support/census.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/slot_view.h"
#include "support/stepper.h"

#define FRAMES    64
#define CPUS      2
#define ROUNDS    4
#define MAGAZINES 10
#define ME        1u
#define WORLD     2u

/* Sanitizers multiply the instructions; there, every 13th is enough. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define STRIDE 13
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STRIDE 13
#endif
#endif
#ifndef STRIDE
#define STRIDE 1
#endif

struct scene;

struct scenario {
	void (*prepare)(struct scene *scene);
	void (*operate)(struct scene *scene);
	bool reaches_hal; /* a run on its way is in its hands, too */
};

struct scene {
	struct fixture fix;
	struct owners owners;
	const struct scenario *scenario;
	uint32_t mark;
	fmag_hpa_t mine[FRAMES]; /* with the operation's caller */
	size_t count;
	size_t given; /* frames of mine that the operation gives back */

	/* What the world saw. */
	size_t out_of_reach; /* cached, and not to be had */
	size_t allowed;      /* how many of them may be */
	size_t in_hands;     /* out of the HAL, and neither cached nor mine */
	size_t given_then;   /* how many of them were given to the operation */
	bool is_in_hal;
};

static struct scene scene;

/* Not fmag_cache_create(): a forked child would find that one wiped. */
static char storage[FMAG_CACHE_STORAGE_SIZE(CPUS, MAGAZINES, ROUNDS)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));

static uint32_t *scene_mark(void *hook_ctx)
{
	(void)hook_ctx;
	return &scene.mark;
}

static void begin(const struct scenario *scenario)
{
	struct fmag_config config =
		fixture_config(&scene.fix, CPUS, ROUNDS, MAGAZINES);

	memset(&scene, 0, sizeof(scene));
	config.hal_mark = scene_mark;
	config.spare_magazines = 2;
	test_hal_init(&scene.fix.hal, fixture_hal_options(FRAMES));
	cr_assert_eq(fmag_cache_init(&scene.fix.cache, storage, sizeof(storage),
			     &scene.fix.hal.hal, &config),
		FMAG_OK);
	owners_init(&scene.owners, &scene.fix.hal);
	scene.scenario = scenario;
	scenario->prepare(&scene);
}

static void keep(struct scene *s, fmag_hpa_t frame)
{
	if (frame == FMAG_HPA_NONE)
		return;
	owners_take(&s->owners, frame, ME);
	s->mine[s->count++] = frame;
}

static fmag_hpa_t part_with(struct scene *s)
{
	fmag_hpa_t frame = s->mine[--s->count];

	owners_give(&s->owners, frame, ME);
	return frame;
}

static size_t rounds_if_busy(const struct fmag_cache *cache)
{
	return slot_is_busy(fmag_front_slot(&cache->front, 0)) ? ROUNDS : 0;
}

static void note_what_is_out(struct scene *s, size_t cached)
{
	size_t out = test_hal_out(&s->fix.hal);

	s->is_in_hal = test_hal_is_entered();
	s->allowed = rounds_if_busy(s->fix.cache);
	s->given_then = s->given;
	if (!s->is_in_hal && out > cached + s->count)
		s->in_hands = out - cached - s->count;
}

static size_t take_all(struct scene *s, fmag_hpa_t *had)
{
	struct fixture *fix = &s->fix;
	size_t count = 0;

	for (fix->cpu = 0; fix->cpu <= CPUS; fix->cpu++) {
		fmag_hpa_t frame;

		while ((frame = fmag_alloc_frame_cached(fix->cache)) !=
			FMAG_HPA_NONE) {
			owners_take(&s->owners, frame, WORLD);
			had[count++] = frame;
		}
	}
	return count;
}

/*
 * While the operation stands still: others take everything that can be had,
 * and give it back. A HAL that is never left holds its lock for ever, which is
 * its own affair (G3): then the operation is not abandoned.
 */
static bool play_the_world(void *arg)
{
	struct scene *s = arg;
	fmag_hpa_t had[FRAMES];
	size_t cached = fixture_stats(&s->fix).frames_cached, count;
	unsigned cpu = s->fix.cpu;

	note_what_is_out(s, cached);
	count = take_all(s, had);
	s->out_of_reach = cached - count;
	while (count > 0) {
		s->fix.cpu = (unsigned)count % CPUS;
		owners_give(&s->owners, had[--count], WORLD);
		fmag_dealloc_frame(s->fix.cache, had[count]);
	}
	s->fix.cpu = cpu;
	return !s->is_in_hal;
}

static void operate(void *arg)
{
	struct scene *s = arg;

	s->scenario->operate(s);
}

static bool say(size_t at, enum stepper_fate fate, const char *what, size_t n)
{
	fprintf(stderr, "stopped after instruction %zu and %s: %s (%zu)\n", at,
		fate == STEPPER_RESUMED ? "resumed" : "abandoned", what, n);
	return false;
}

/*
 * The magazines, of which an abandoned operation may have one in its hands;
 * then the frames still out: mine, and what was in its hands.
 */
static bool check_end(size_t at, enum stepper_fate fate)
{
	const char *complaint =
		census_complaint(scene.fix.cache, fate == STEPPER_ABANDONED);
	size_t expected = scene.count, out;

	if (complaint != NULL)
		return say(at, fate, complaint, 1);
	out = fmag_cache_fini(scene.fix.cache);
	if (fate == STEPPER_ABANDONED)
		expected += scene.in_hands;
	if (test_hal_out(&scene.fix.hal) != expected)
		return say(at, fate, "G1: frames out, by the HAL",
			test_hal_out(&scene.fix.hal));
	/* Those on their way from or to the HAL may not be counted yet. */
	if (out != expected && fate == STEPPER_RESUMED)
		return say(at, fate, "G1: frames out, by the cache", out);
	return true;
}

static bool check(void *arg, size_t at, enum stepper_fate fate)
{
	struct scene *s = arg;
	size_t hands = s->scenario->reaches_hal ? ROUNDS : 1;

	if (s->owners.doubles != 0)
		return say(at, fate, "G2: frames with two owners",
			s->owners.doubles);
	if (s->fix.faults != 0)
		return say(at, fate, s->fix.last_fault.message, s->fix.faults);
	if (s->out_of_reach > s->allowed)
		return say(at, fate, "G4: cached frames out of reach",
			s->out_of_reach);
	if (s->in_hands > hands + s->given_then)
		return say(at, fate, "G4: frames in its hands", s->in_hands);
	return check_end(at, fate);
}

static void stop_everywhere(const struct scenario *scenario)
{
	const struct stepper stepper = {
		.run = operate,
		.stop = play_the_world,
		.check = check,
		.arg = &scene,
		.stride = STRIDE,
	};
	struct stepper_result result;

	begin(scenario);
	result = stepper_run(&stepper);
	cr_assert_eq(result.failures, 0, "%zu of %zu stops failed",
		result.failures, result.stops);
#if defined(__x86_64__)
	cr_assert_gt(result.stops, 3, "it was stopped at all");
#endif
	cr_assert(check_end(0, STEPPER_RESUMED));
}

/* Preparations. */

static void take(struct scene *s, size_t count)
{
	while (count-- > 0)
		keep(s, fmag_alloc_frame(s->fix.cache));
}

static void give(struct scene *s, size_t count)
{
	while (count-- > 0)
		fmag_dealloc_frame(s->fix.cache, part_with(s));
}

static void prepare_nothing(struct scene *s)
{
	(void)s;
}

/* Both magazines half full, some in the depot, some with me. */
static void prepare_half(struct scene *s)
{
	take(s, 5 * ROUNDS);
	give(s, 4 * ROUNDS);
	take(s, ROUNDS / 2);
}

/* Loaded empty, previous with frames: the next alloc exchanges them. */
static void prepare_loaded_empty(struct scene *s)
{
	take(s, 3 * ROUNDS);
	give(s, 3 * ROUNDS);
	while (fmag_magazine_rounds(slot_loaded(&s->fix.cache->front,
		       fmag_front_slot(&s->fix.cache->front, 0))) > 0)
		take(s, 1);
}

/* The CPU has none, the depot has. */
static void prepare_depot(struct scene *s)
{
	take(s, 6 * ROUNDS);
	s->fix.cpu = 1;
	give(s, 6 * ROUNDS);
	s->fix.cpu = 0;
}

/* Every frame is with me. */
static void prepare_dry(struct scene *s)
{
	take(s, FRAMES);
}

/* Both magazines full. */
static void prepare_full(struct scene *s)
{
	take(s, 5 * ROUNDS);
	give(s, 4 * ROUNDS);
	while (fixture_stats(&s->fix).frames_cached < 5 * ROUNDS &&
		s->count > 1)
		give(s, 1);
}

/* No magazine has room. */
static void prepare_brimming(struct scene *s)
{
	take(s, (MAGAZINES + 2) * ROUNDS);
	give(s, (MAGAZINES - 2) * ROUNDS);
}

/* Operations. */

static void alloc_one(struct scene *s)
{
	keep(s, fmag_alloc_frame(s->fix.cache));
}

static void dealloc_one(struct scene *s)
{
	s->given = 1;
	fmag_dealloc_frame(s->fix.cache, part_with(s));
	s->given = 0;
}

#define BULK 6

static void alloc_many(struct scene *s)
{
	fmag_hpa_t frames[BULK];
	size_t got;

	s->given = BULK; /* a bulk call withholds its count */
	got = fmag_alloc_frames(s->fix.cache, frames, BULK);
	for (size_t i = 0; i < got; i++)
		keep(s, frames[i]);
	s->given = 0;
}

static void dealloc_many(struct scene *s)
{
	fmag_hpa_t frames[BULK];

	s->given = BULK;
	for (size_t i = 0; i < BULK; i++)
		frames[i] = part_with(s);
	fmag_dealloc_frames(s->fix.cache, frames, BULK);
	s->given = 0;
}

#define SCENARIO(name, preparation, operation, hal)       \
	Test(stopped_anywhere, name, .timeout = 300)      \
	{                                                 \
		static const struct scenario scenario = { \
			.prepare = preparation,           \
			.operate = operation,             \
			.reaches_hal = hal,               \
		};                                        \
		stop_everywhere(&scenario);               \
	}                                                 \
	struct scenario

SCENARIO(g3_g6_an_alloc_that_hits, prepare_half, alloc_one, false);
SCENARIO(g3_g6_an_alloc_that_exchanges, prepare_loaded_empty, alloc_one, false);
SCENARIO(g3_g6_an_alloc_from_the_depot, prepare_depot, alloc_one, false);
SCENARIO(g3_g6_an_alloc_from_the_hal, prepare_nothing, alloc_one, true);
SCENARIO(g3_g6_an_alloc_when_all_is_out, prepare_dry, alloc_one, true);
SCENARIO(g3_g6_a_free_that_hits, prepare_half, dealloc_one, false);
SCENARIO(g3_g6_a_free_into_the_depot, prepare_full, dealloc_one, false);
SCENARIO(g3_g6_a_free_when_all_magazines_are_full, prepare_brimming,
	dealloc_one, true);
SCENARIO(g3_g6_a_bulk_alloc, prepare_half, alloc_many, false);
SCENARIO(g3_g6_a_bulk_alloc_from_the_hal, prepare_nothing, alloc_many, true);
SCENARIO(g3_g6_a_bulk_free, prepare_brimming, dealloc_many, true);
