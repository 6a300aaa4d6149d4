/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G3 and G4 for a magazine of several nodes' frames on its way into the depot
 * (cache/home.c): stopped after each of its instructions, the call has one frame
 * in its hands at most, and every other one is to be had; what it withholds
 * besides are magazines without their frames.
 */
#include <criterion/criterion.h>

#include "cache/home.h"
#include "support/census.h"
#include "support/fixture.h"
#include "support/stepper.h"

#define FRAMES    16
#define CPUS      2
#define NODES     2
#define ROUNDS    8
#define MAGAZINES 8

static struct fixture fix;
static struct fmag_magazine *mixed; /* held by the call that is stopped */
static unsigned set_aside;          /* magazines that it is to do without */
static size_t out_of_reach, in_hands;

/* Not fmag_cache_create(): a forked child would find that one wiped. */
static char storage[FMAG_CACHE_STORAGE_SIZE_ON_NODES(CPUS, MAGAZINES, ROUNDS,
	NODES)] __attribute__((aligned(FMAG_CACHE_ALIGN)));

static unsigned node_of_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	return cpu;
}

static unsigned node_of_frame(void *hook_ctx, fmag_hpa_t frame)
{
	(void)hook_ctx;
	return test_hal_node(&fix.hal, frame);
}

static struct fmag_depot *depot(void)
{
	return &fix.cache->state->depot;
}

/* Of frames of both nodes by turns. */
static void fill(struct fmag_magazine *magazine)
{
	fmag_hpa_t frames[ROUNDS];
	unsigned flags;
	uint32_t *mark;

	cr_assert(fmag_host_enter(&fix.cache->host, &mark));
	cr_assert_eq(fmag_host_take(&fix.cache->host, FMAG_NODE_ANY, frames,
			     ROUNDS, &flags),
		ROUNDS);
	fmag_host_leave(mark);
	fmag_magazine_add(magazine, ROUNDS, frames, ROUNDS);
}

/* Empty magazines left for it to sort into: `room`. */
static void begin(unsigned room)
{
	struct fmag_config config =
		fixture_config(&fix, CPUS, ROUNDS, MAGAZINES);
	struct test_hal_options options = fixture_hal_options(FRAMES);

	config.node_count = NODES;
	config.node_of_cpu = node_of_cpu;
	config.node_of_frame = node_of_frame;
	options.nodes = NODES;
	options.reentrant = true; /* no spares */
	fixture_init_in(&fix, options, &config, storage, sizeof(storage));
	mixed = fmag_depot_get_room(depot(), 0);
	set_aside = MAGAZINES - 1 - room;
	for (unsigned i = 0; i < set_aside; i++)
		(void)fmag_depot_get_room(depot(), 0);
	fill(mixed);
}

static void put(void *arg)
{
	(void)arg;
	fmag_home_put(fix.cache, 0, mixed);
}

/* Others take what is cached, and give it back, while the call stands still. */
static bool play_the_world(void *arg, size_t at)
{
	fmag_hpa_t had[FRAMES];
	size_t cached = fixture_stats(&fix).frames_cached, count = 0;

	(void)arg;
	(void)at;
	in_hands = test_hal_out(&fix.hal) - cached;
	fixture_play(&fix, CPUS);
	while ((had[count] = fmag_alloc_frame_cached(fix.cache)) !=
		FMAG_HPA_NONE)
		count++;
	out_of_reach = cached - count;
	while (count > 0)
		fmag_dealloc_frame(fix.cache, had[--count]);
	fixture_play(&fix, 0);
	return true;
}

/* It holds the one that it sorts, and one for each node. */
static const char *complaint_of(enum stepper_fate fate)
{
	return census_complaint(fix.cache,
		set_aside + (fate == STEPPER_ABANDONED ? 1 + NODES : 0));
}

static bool check(void *arg, size_t at, enum stepper_fate fate)
{
	size_t out, left = fate == STEPPER_ABANDONED ? in_hands : 0;
	const char *complaint = complaint_of(fate);

	(void)arg;
	if (complaint != NULL)
		return stepper_say(at, complaint, 1);
	if (out_of_reach != 0)
		return stepper_say(
			at, "G4: cached frames out of reach", out_of_reach);
	if (in_hands > 1)
		return stepper_say(at, "G4: frames in its hands", in_hands);
	if (fix.faults != 0)
		return stepper_say(at, fix.last_fault.message, fix.faults);
	out = fmag_cache_fini(fix.cache);
	if (out != left || test_hal_out(&fix.hal) != left)
		return stepper_say(at, "G1: frames out", out);
	return true;
}

static void stop_everywhere(unsigned room)
{
	const struct stepper stepper = {
		.run = put,
		.stop = play_the_world,
		.check = check,
		.stride = stepper_stride(),
	};

	begin(room);
	stepper_stop_everywhere(&stepper);
}

Test(home_stopped_anywhere, g3_g4_a_magazine_of_two_nodes, .timeout = 300)
{
	stop_everywhere(4);
}

Test(home_stopped_anywhere, g3_g4_where_one_magazine_has_room, .timeout = 300)
{
	stop_everywhere(1);
}

Test(home_stopped_anywhere, g3_g4_where_none_has_room, .timeout = 300)
{
	stop_everywhere(0);
}
