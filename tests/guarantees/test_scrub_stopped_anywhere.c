/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G3, G4 and C1 for clean frames: stopped after each of its instructions, a scrub
 * has one frame in its hands and one magazine, an alloc of a zeroed frame that one
 * frame, and what the HAL gave zeroed is with whom it gave it; and what its CPU's
 * slot has if it stands there. Every other frame is to be had by others, who
 * scrub, allocate, free and drain meanwhile; and what they have as zero is zero.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "clean/clean.h"
#include "support/census.h"
#include "support/fixture.h"
#include "support/slot_view.h"
#include "support/stepper.h"

#define FRAMES    24
#define CPUS      2
#define ROUNDS    4
#define MAGAZINES 16
#define CLEAN     8 /* magazines */
#define BUDGET    6 /* more than a magazine of them */

/* What is stopped, and in what state. */
struct scene {
	enum fmag_front_kind front;
	void (*run)(void *arg);
	size_t freed;    /* frames, before it, on its CPU */
	size_t scrubbed; /* of them, likewise */
	bool zeroed_hal; /* its runs are zero */
	size_t in_hands; /* frames at most */
	unsigned
		holds; /* magazines of the cache at most, and of the clean one */
};

static struct fixture fix;
static const struct scene *scene;
static fmag_hpa_t result;
static size_t out_of_reach, allowed;
static const char *wrong; /* what others found */

/* What the frames have: they are no memory, and zeroed by fill_frame. */
static bool is_zero[FRAMES];

/* Not in memory that a forked child finds wiped. */
static char storage[FMAG_CACHE_STORAGE_SIZE(CPUS, MAGAZINES, ROUNDS)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));
static char clean_storage[FMAG_CLEAN_STORAGE_SIZE(CPUS, CLEAN, ROUNDS, 1)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));

static struct fmag_cache *clean_cache(void)
{
	return fix.cache->clean;
}

static bool *zero_of(fmag_hpa_t frame)
{
	return &is_zero[test_hal_index(&fix.hal, frame)];
}

/* Without the HAL's lock: it may be stopped here, and others come. */
static void fill(void *ctx, fmag_hpa_t frame, uint8_t byte)
{
	(void)ctx;
	*zero_of(frame) = byte == 0;
}

static void make(void)
{
	struct fmag_config config =
		fixture_config(&fix, CPUS, ROUNDS, MAGAZINES);
	struct test_hal_options options = fixture_hal_options(FRAMES);
	const struct fmag_clean_config clean = {
		.magazine_rounds = ROUNDS,
		.magazine_count = CLEAN,
	};

	config.front = scene->front;
	options.reentrant = true; /* no spares */
	options.unmapped = true;
	options.zeroed = scene->zeroed_hal;
	fixture_init_in(&fix, options, &config, storage, sizeof(storage));
	fix.cache->host.ops.fill_frame = fill;
	cr_assert_eq(fmag_clean_init(fix.cache, clean_storage,
			     sizeof(clean_storage), &clean),
		FMAG_OK);
}

static void begin(void)
{
	fmag_hpa_t had[FRAMES];

	memset(is_zero, scene->zeroed_hal, sizeof(is_zero));
	wrong = NULL;
	result = FMAG_HPA_NONE;
	make();
	for (size_t i = 0; i < scene->freed; i++)
		had[i] = fmag_alloc_frame(fix.cache);
	fmag_dealloc_frames(fix.cache, had, scene->freed);
	cr_assert_eq(
		fmag_cache_scrub(fix.cache, scene->scrubbed), scene->scrubbed);
}

static void scrub(void *arg)
{
	(void)arg;
	(void)fmag_cache_scrub(fix.cache, BUDGET);
}

static void alloc_zeroed(void *arg)
{
	(void)arg;
	result = fmag_alloc_frame_zeroed(fix.cache);
}

static void alloc(void *arg)
{
	(void)arg;
	result = fmag_alloc_frame(fix.cache);
}

/* Theirs from now on, and written. */
static void have(fmag_hpa_t *had, size_t *count, fmag_hpa_t frame)
{
	for (size_t i = 0; i < *count; i++) {
		if (had[i] == frame)
			wrong = "G2: a frame was given out twice";
	}
	*zero_of(frame) = false;
	had[(*count)++] = frame;
}

static void take_zeroed(fmag_hpa_t *had, size_t *count)
{
	fmag_hpa_t frame = fmag_alloc_frame_zeroed(fix.cache);

	if (frame == FMAG_HPA_NONE)
		return;
	if (!*zero_of(frame))
		wrong = "C1: a zeroed frame that is not zero";
	have(had, count, frame);
}

static void take_all(fmag_hpa_t *had, size_t *count)
{
	fmag_hpa_t frame;

	while ((frame = fmag_alloc_frame_cached(fix.cache)) != FMAG_HPA_NONE)
		have(had, count, frame);
}

static bool is_at_a_slot(void)
{
	return slot_is_busy(fmag_front_slot(&fix.cache->front, 0)) ||
		slot_is_busy(fmag_front_slot(&clean_cache()->front, 0));
}

/* The owner front's slots are out of reach from elsewhere, busy or not. */
static size_t withheld_at_most(void)
{
	if (scene->front == FMAG_FRONT_OWNER)
		return scene->in_hands + 2 * ROUNDS;
	return scene->in_hands + (is_at_a_slot() ? ROUNDS : 0);
}

/* Each frame in the clean cache. */
static bool all_are_zero(void)
{
	const struct fmag_depot *depot = &clean_cache()->state->depot;
	bool all = true;

	for (unsigned i = 0; i < depot->magazine_count; i++) {
		const struct fmag_magazine *magazine =
			fmag_depot_magazine(depot, i);

		for (size_t j = 0; j < fmag_magazine_rounds(magazine); j++)
			all &= *zero_of(magazine->frames[j]);
	}
	return all;
}

/* As such a HAL does with what comes back to it. */
static void zero_in_the_hal(void)
{
	for (size_t i = 0; scene->zeroed_hal && i < FRAMES; i++)
		is_zero[i] |= !fix.hal.is_out[i];
}

/* On another CPU. Where it stands in the HAL, which is locked then, others do
 * without that; and it cannot be abandoned there. */
static bool play_the_world(void *arg, size_t at)
{
	bool is_open = !test_hal_is_entered();
	fmag_hpa_t had[FRAMES];
	size_t count = 0;

	(void)arg;
	(void)at;
	if (!all_are_zero())
		wrong = "C1: a clean frame that is not zero";
	fixture_play(&fix, 1);
	(void)fmag_cache_scrub(fix.cache, 2);
	if (is_open)
		take_zeroed(had, &count);
	allowed = withheld_at_most();
	take_all(had, &count);
	out_of_reach = test_hal_out(&fix.hal) - count;
	while (count > 0)
		fmag_dealloc_frame(fix.cache, had[--count]);
	(void)fmag_cache_scrub(fix.cache, 2);
	if (is_open)
		(void)fmag_cache_drain(fix.cache, ROUNDS);
	zero_in_the_hal();
	fixture_play(&fix, 0);
	return is_open;
}

/* NULL where nothing is wrong with either cache. */
static const char *complaint_of(enum stepper_fate fate)
{
	unsigned holds = fate == STEPPER_ABANDONED ? scene->holds : 0;
	const char *complaint = census_complaint(fix.cache, holds);

	if (complaint == NULL)
		complaint = census_complaint(clean_cache(), holds);
	if (complaint == NULL && !all_are_zero())
		complaint = "C1: a clean frame that is not zero";
	return complaint != NULL ? complaint : wrong;
}

/* Given by the HAL, and not counted by the call that it gave them to. */
static size_t in_hal_at_most(enum stepper_fate fate)
{
	return fate == STEPPER_ABANDONED && scene->zeroed_hal ? scene->in_hands
							      : 0;
}

static bool check(void *arg, size_t at, enum stepper_fate fate)
{
	size_t out, least = fate == STEPPER_RESUMED && scene->run != scrub;
	size_t most = fate == STEPPER_RESUMED ? least : scene->in_hands;
	const char *complaint = complaint_of(fate);

	(void)arg;
	if (complaint != NULL)
		return stepper_say(at, complaint, 1);
	if (scene->run == alloc_zeroed && fate == STEPPER_RESUMED &&
		!*zero_of(result))
		return stepper_say(at, "C1: what it returns is not zero", 1);
	if (out_of_reach > allowed)
		return stepper_say(at, "G4: frames out of reach", out_of_reach);
	if (fix.faults != 0)
		return stepper_say(at, fix.last_fault.message, fix.faults);
	out = fmag_cache_fini(fix.cache);
	if (out < least || out > most)
		return stepper_say(at, "G1: frames out", out);
	if (test_hal_out(&fix.hal) - out > in_hal_at_most(fate))
		return stepper_say(at, "G1: frames in the HAL's call", out);
	return true;
}

static void stop_everywhere(const struct scene *of)
{
	const struct stepper stepper = {
		.run = of->run,
		.stop = play_the_world,
		.check = check,
		.stride = stepper_stride(),
	};

	scene = of;
	begin();
	stepper_stop_everywhere(&stepper);
}

#define STOPPED(name, ...)                                      \
	Test(scrub_stopped_anywhere, name, .timeout = 300)      \
	{                                                       \
		static const struct scene of = { __VA_ARGS__ }; \
		stop_everywhere(&of);                           \
	}

STOPPED(g3_g4_a_scrub_on_claim, .front = FMAG_FRONT_CLAIM, .run = scrub,
	.freed = FRAMES, .in_hands = 1, .holds = 1)
STOPPED(g3_g4_a_scrub_on_owner, .front = FMAG_FRONT_OWNER, .run = scrub,
	.freed = FRAMES, .in_hands = 1, .holds = 1)
/* The last dirty frames are in its CPU's previous magazine. */
STOPPED(g3_g4_a_scrub_that_runs_out, .front = FMAG_FRONT_CLAIM, .run = scrub,
	.freed = 2 * ROUNDS, .in_hands = 1, .holds = 1)
STOPPED(g3_g4_an_alloc_of_a_clean_frame_on_claim, .front = FMAG_FRONT_CLAIM,
	.run = alloc_zeroed, .freed = FRAMES, .scrubbed = BUDGET, .in_hands = 1,
	.holds = 2)
STOPPED(g3_g4_an_alloc_of_a_clean_frame_on_owner, .front = FMAG_FRONT_OWNER,
	.run = alloc_zeroed, .freed = FRAMES, .scrubbed = BUDGET, .in_hands = 1,
	.holds = 2)
STOPPED(g3_g4_an_alloc_that_zeroes_in_place, .front = FMAG_FRONT_CLAIM,
	.run = alloc_zeroed, .freed = FRAMES, .in_hands = 1, .holds = 2)
/* The run counts as inside the HAL's call. */
STOPPED(g3_g4_an_alloc_that_keeps_zeroed_frames, .front = FMAG_FRONT_CLAIM,
	.run = alloc, .zeroed_hal = true, .in_hands = (ROUNDS + 1) / 2,
	.holds = 2)
