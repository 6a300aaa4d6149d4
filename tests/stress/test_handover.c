/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The edge that a client relies on: what the last owner of a frame did to it
 * comes before what the next one does. Frames go round between two threads:
 *
 *	the taker   alloc, use ---- pipe ----> use, dealloc   the giver
 *	    ^                                                     |
 *	    +------------------------ fmag -----------------------+
 *
 * The pipe orders the giver after the taker and never the other way, so that
 * nothing but fmag orders the taker after the giver. ThreadSanitizer reports
 * the use (tests/support/owners.c) where fmag does not. Few frames, and each
 * pair of ways to reach them: the frames pass through slots, stacks, takes in
 * place and sweeps, and one CPU takes back what another works from.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "support/fixture.h"
#include "support/owners.h"

#define CELLS  16
#define TURNS  40000
#define TAKER  1u
#define GIVER  2u
#define NO_CPU 1000u /* out of range: served by the depot */

struct round_trip {
	struct fixture fix;
	struct owners owners;
	struct fmag_hal through; /* the allocator under test */
	unsigned taker_cpu;
	unsigned giver_cpu;
	fmag_hpa_t pipe[CELLS];
};

static struct round_trip trip;
static __thread unsigned thread_cpu;

static unsigned current_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return thread_cpu;
}

/* Release here and acquire there, and relaxed where one waits for the other. */
static void send(size_t turn, fmag_hpa_t frame)
{
	fmag_hpa_t *cell = &trip.pipe[turn % CELLS];

	while (__atomic_load_n(cell, __ATOMIC_RELAXED) != FMAG_HPA_NONE)
		sched_yield();
	__atomic_store_n(cell, frame, __ATOMIC_RELEASE);
}

static fmag_hpa_t receive(size_t turn)
{
	fmag_hpa_t *cell = &trip.pipe[turn % CELLS];
	fmag_hpa_t frame;

	while ((frame = __atomic_load_n(cell, __ATOMIC_ACQUIRE)) ==
		FMAG_HPA_NONE)
		sched_yield();
	__atomic_store_n(cell, FMAG_HPA_NONE, __ATOMIC_RELAXED);
	return frame;
}

static void use(fmag_hpa_t frame, uint32_t id)
{
	owners_take(&trip.owners, frame, id);
	owners_give(&trip.owners, frame, id);
}

static void *take(void *arg)
{
	(void)arg;
	thread_cpu = trip.taker_cpu;
	for (size_t turn = 0; turn < TURNS; turn++) {
		fmag_hpa_t frame;

		while ((frame = trip.through.ops->alloc_frame(
				trip.through.ctx)) == FMAG_HPA_NONE)
			sched_yield();
		use(frame, TAKER);
		send(turn, frame);
	}
	return NULL;
}

static void *give(void *arg)
{
	(void)arg;
	thread_cpu = trip.giver_cpu;
	for (size_t turn = 0; turn < TURNS; turn++) {
		fmag_hpa_t frame = receive(turn);

		use(frame, GIVER);
		trip.through.ops->dealloc_frame(trip.through.ctx, frame);
	}
	return NULL;
}

static void go_round(struct fmag_hal through)
{
	pthread_t taker, giver;

	trip.through = through;
	cr_assert_eq(pthread_create(&taker, NULL, take, NULL), 0);
	cr_assert_eq(pthread_create(&giver, NULL, give, NULL), 0);
	pthread_join(taker, NULL);
	pthread_join(giver, NULL);
	cr_assert_eq(trip.owners.doubles, 0, "G2: a frame had two owners");
}

/* `pool` frames, on two CPUs with magazines of `rounds`. */
static void run(
	unsigned taker_cpu, unsigned giver_cpu, unsigned rounds, size_t pool)
{
	const struct fmag_config config = {
		.cpu_count = 2,
		.magazine_rounds = rounds,
		.magazine_count = 12,
		.current_cpu = current_cpu,
		.on_fault = fixture_on_fault,
		.hook_ctx = &trip.fix,
	};

	trip.taker_cpu = taker_cpu;
	trip.giver_cpu = giver_cpu;
	fixture_init(&trip.fix, fixture_hal_options(pool), &config);
	owners_init(&trip.owners, &trip.fix.hal);
	go_round(fmag_cache_as_hal(trip.fix.cache));
	cr_assert_eq(trip.fix.faults, 0);
	owners_fini(&trip.owners);
	fixture_fini(&trip.fix, 0);
}

Test(handover, within_one_slot)
{
	run(0, 0, 4, 8);
}

Test(handover, from_slot_to_slot)
{
	run(0, 1, 2, 12);
}

Test(handover, from_slot_to_slot_one_round_each)
{
	run(0, 1, 1, 6);
}

/* They are all in the giver's loaded magazine, whenever the taker comes. */
Test(handover, from_a_slot_that_is_robbed)
{
	run(0, 1, 4, 2);
}

Test(handover, from_a_slot_that_is_robbed_by_a_caller_without_one)
{
	run(NO_CPU, 1, 4, 2);
}

Test(handover, from_a_slot_to_a_take_in_place)
{
	run(NO_CPU, 0, 1, 4);
}

Test(handover, from_the_depot_to_a_slot)
{
	run(0, NO_CPU, 2, 8);
}

Test(handover, from_the_depot_to_a_take_in_place)
{
	run(NO_CPU, NO_CPU, 4, 4);
}

#define ROUNDS 8
#define PUSHES 4 /* of them */

static const uint32_t no_room; /* 0: there is some */
static struct fmag_magazine *magazine;

static fmag_hpa_t take_in_place(void *ctx)
{
	fmag_hpa_t frame;

	(void)ctx;
	return fmag_magazine_take(magazine, &frame, 1) == 1 ? frame
							    : FMAG_HPA_NONE;
}

/*
 * As its CPU, a few at a time: they are used once more when it is LOCAL already.
 * Never LOCAL between two calls, since nobody takes from it then.
 */
static void push_as_local(void *ctx, fmag_hpa_t frame)
{
	static fmag_hpa_t frames[PUSHES];
	static unsigned count;

	(void)ctx;
	frames[count++] = frame;
	if (count < PUSHES)
		return;
	fmag_magazine_enter_slot(magazine, ROUNDS, &no_room, 0, false);
	for (; count > 0; count--) {
		use(frames[count - 1], GIVER);
		fmag_magazine_push(magazine, frames[count - 1]);
	}
	fmag_magazine_leave_slot(magazine);
}

/* As its holder. */
static void add_as_shared(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	fmag_magazine_add(magazine, ROUNDS, &frame, 1);
}

/* Neither a slot nor a stack is between them. */
static void go_round_by_a_magazine(void (*give_to_it)(void *, fmag_hpa_t))
{
	const struct fmag_hal_ops ops = {
		.alloc_frame = take_in_place,
		.dealloc_frame = give_to_it,
	};
	const struct fmag_hal through = { .ops = &ops };

	magazine = aligned_alloc(64, FMAG_MAGAZINE_SIZE_(ROUNDS));
	magazine->word = 0;
	trip.fix.hal.options.frames = ROUNDS;
	owners_init(&trip.owners, &trip.fix.hal);
	for (size_t i = 0; i < ROUNDS; i++)
		give_to_it(NULL, TEST_HAL_BASE + i * TEST_HAL_FRAME_SIZE);
	go_round(through);
	owners_fini(&trip.owners);
	free(magazine);
}

Test(handover, by_a_magazine_that_leaves_its_slot)
{
	go_round_by_a_magazine(push_as_local);
}

Test(handover, by_a_magazine_that_frames_are_added_to)
{
	go_round_by_a_magazine(add_as_shared);
}

Test(handover, by_the_arena)
{
	const struct fmag_arena_config pool = {
		.size = 8 * TEST_HAL_FRAME_SIZE,
		.base = TEST_HAL_BASE,
		.backing = FMAG_ARENA_ANONYMOUS,
	};
	struct fmag_arena *arena;
	struct fmag_hal hal;

	cr_assert_eq(fmag_arena_create(&arena, &pool), FMAG_OK);
	cr_assert_eq(fmag_arena_hal(arena, TEST_HAL_FRAME_SIZE, &hal), FMAG_OK);
	trip.fix.hal.options.frames = 8;
	owners_init(&trip.owners, &trip.fix.hal);
	go_round(hal);
	owners_fini(&trip.owners);
	fmag_arena_destroy(arena);
}
