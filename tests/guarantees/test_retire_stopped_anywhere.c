/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G3, G4 and G7 for retiring: stopped after each of its instructions, a retire or
 * a poll withholds its own frame and those it gives back, and what the CPU's
 * slot has if it stands there; every other one is to be had once its grace is
 * over, and none before that.
 */
#include <criterion/criterion.h>

#include "retire/retirer.h"
#include "support/fixture.h"
#include "support/played_grace.h"
#include "support/slot_view.h"
#include "support/stepper.h"

#define FRAMES    24
#define CPUS      2
#define ROUNDS    4
#define MAGAZINES 16
#define RETIRING  4

/* What is stopped, and in what state. */
struct scene {
	enum fmag_front_kind front;
	size_t retired;  /* before it, on its CPU */
	bool is_over;    /* their grace */
	unsigned cpu;    /* CPUS: it has no slot */
	bool polls;      /* instead of retiring one more */
	size_t in_hands; /* at most */
};

static struct fixture fix;
static struct played_grace grace;
static struct fmag_retirer *retirer;
static const struct scene *scene;
static fmag_hpa_t held[FRAMES];
static size_t held_count, out_of_reach, allowed;
static bool was_early;

/* Not in memory that a forked child finds wiped. */
static char storage[FMAG_CACHE_STORAGE_SIZE(CPUS, MAGAZINES, ROUNDS)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));
static char retiring[FMAG_RETIRER_STORAGE_SIZE(CPUS, RETIRING, ROUNDS)]
	__attribute__((aligned(FMAG_CACHE_ALIGN)));

static void retire_one(void)
{
	cr_assert_eq(fmag_retire_frame(fix.cache, held[--held_count]), FMAG_OK);
}

static void make(void)
{
	struct fmag_config config =
		fixture_config(&fix, CPUS, ROUNDS, MAGAZINES);
	struct test_hal_options options = fixture_hal_options(FRAMES);
	struct fmag_grace_source source = played_grace_source(&grace);
	const struct fmag_retirer_config sizes = {
		.magazine_count = RETIRING,
		.magazine_rounds = ROUNDS,
	};

	config.front = scene->front;
	options.reentrant = true; /* no spares */
	fixture_init_in(&fix, options, &config, storage, sizeof(storage));
	cr_assert_eq(fmag_retirer_init(&retirer, fix.cache, retiring,
			     sizeof(retiring), &source, &sizes),
		FMAG_OK);
}

static void begin(void)
{
	grace = (struct played_grace){ 0 };
	make();
	held_count = 0;
	while (held_count < FRAMES)
		held[held_count++] = fmag_alloc_frame(fix.cache);
	for (size_t i = 0; i < scene->retired; i++)
		retire_one();
	if (scene->is_over) {
		fmag_retire_flush(fix.cache);
		played_grace_complete(&grace);
	}
	fixture_play(&fix, scene->cpu);
}

static void run(void *arg)
{
	(void)arg;
	if (scene->polls)
		(void)fmag_retire_poll(fix.cache, SIZE_MAX);
	else
		(void)fmag_retire_frame(fix.cache, held[held_count - 1]);
}

static bool is_at_a_slot(void)
{
	return slot_is_busy(fmag_front_slot(&retirer->front, 0)) ||
		slot_is_busy(fmag_front_slot(&fix.cache->front, 0));
}

static size_t take_all(fmag_hpa_t *had)
{
	size_t count = 0;

	while ((had[count] = fmag_alloc_frame_cached(fix.cache)) !=
		FMAG_HPA_NONE)
		count++;
	return count;
}

/*
 * On another CPU: what can be had before any more grace is over, and after. The
 * owner front's slots are out of reach from there, busy or not.
 */
static bool play_the_world(void *arg, size_t at)
{
	fmag_hpa_t had[FRAMES];
	size_t count, others = held_count - !scene->polls;

	(void)arg;
	(void)at;
	fixture_play(&fix, 1);
	count = take_all(had);
	was_early = !scene->is_over && count > 0;
	while (count > 0)
		fmag_dealloc_frame(fix.cache, had[--count]);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	count = take_all(had);
	out_of_reach = FRAMES - others - count;
	allowed = scene->in_hands;
	if (is_at_a_slot() || scene->front == FMAG_FRONT_OWNER)
		allowed += 2 * ROUNDS;
	while (count > 0)
		fmag_dealloc_frame(fix.cache, had[--count]);
	fixture_play(&fix, scene->cpu);
	return true;
}

static bool check(void *arg, size_t at, enum stepper_fate fate)
{
	size_t out, others = held_count - !scene->polls;
	size_t most =
		others + (fate == STEPPER_ABANDONED ? scene->in_hands : 0);

	(void)arg;
	if (was_early)
		return stepper_say(
			at, "G7: a frame before its grace was over", 1);
	if (out_of_reach > allowed)
		return stepper_say(at, "G4: frames out of reach", out_of_reach);
	if (fix.faults != 0)
		return stepper_say(at, fix.last_fault.message, fix.faults);
	grace.completed = UINT64_MAX;
	(void)fmag_retirer_fini(retirer);
	out = fmag_cache_fini(fix.cache);
	if (out < others || out > most || test_hal_out(&fix.hal) != out)
		return stepper_say(at, "G1: frames out", out);
	return true;
}

static void stop_everywhere(const struct scene *of)
{
	const struct stepper stepper = {
		.run = run,
		.stop = play_the_world,
		.check = check,
		.stride = stepper_stride(),
	};

	scene = of;
	begin();
	stepper_stop_everywhere(&stepper);
}

#define STOPPED(name, ...)                                      \
	Test(retire_stopped_anywhere, name, .timeout = 300)     \
	{                                                       \
		static const struct scene of = { __VA_ARGS__ }; \
		stop_everywhere(&of);                           \
	}

STOPPED(g3_g4_a_hit_on_claim, .front = FMAG_FRONT_CLAIM, .retired = 1,
	.in_hands = 1)
STOPPED(g3_g4_a_hit_on_owner, .front = FMAG_FRONT_OWNER, .retired = 1,
	.in_hands = 1)
STOPPED(g3_g4_a_full_magazine_on_claim, .front = FMAG_FRONT_CLAIM,
	.retired = ROUNDS, .in_hands = 1)
STOPPED(g3_g4_a_full_magazine_on_owner, .front = FMAG_FRONT_OWNER,
	.retired = ROUNDS, .in_hands = 1)
STOPPED(g3_g4_without_a_slot, .front = FMAG_FRONT_CLAIM, .cpu = CPUS,
	.in_hands = 1)
/* Each magazine waits, or is full in the slot; what is over is given back. */
STOPPED(g3_g4_where_a_harvest_makes_room, .front = FMAG_FRONT_CLAIM,
	.retired = RETIRING * ROUNDS, .is_over = true, .in_hands = 1 + ROUNDS)
STOPPED(g3_g4_a_poll, .front = FMAG_FRONT_CLAIM, .retired = 2 * ROUNDS + 1,
	.is_over = true, .polls = true, .in_hands = ROUNDS)
