/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The depot's own operations, stopped after each instruction while others play
 * against them what they are built to stand: a stack's top that goes and comes
 * back (D1), and two puts that both see one spare owed (D4).
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "depot/depot.h"
#include "support/stepper.h"

#define CAPACITY  2
#define MAGAZINES 6
#define SPARES    2

static struct fmag_depot depot;
static struct fmag_magazine *top, *below, *bottom; /* on `partial` at first */
static struct fmag_magazine *popped, *held;        /* with the test */

static void init_depot(void)
{
	void *table =
		aligned_alloc(64, MAGAZINES * FMAG_MAGAZINE_SIZE_(CAPACITY));

	fmag_depot_init(&depot, table, MAGAZINES, CAPACITY, CAPACITY, SPARES);
}

static struct fmag_magazine *put_a_partial_one(fmag_hpa_t frame)
{
	struct fmag_magazine *magazine = fmag_depot_get_room(&depot, 0);

	fmag_magazine_add(magazine, CAPACITY, &frame, 1);
	fmag_depot_put(&depot, 0, magazine);
	return magazine;
}

static void begin_with_three(void)
{
	struct fmag_magazine *empty[3];

	init_depot();
	for (size_t i = 0; i < 3; i++)
		empty[i] = fmag_depot_get_room(&depot, 0);
	for (size_t i = 0; i < 3; i++) {
		fmag_depot_put(&depot, 0, empty[i]);
		put_a_partial_one(4096 * (i + 1));
	}
	bottom = empty[0];
	below = empty[1];
	top = empty[2];
}

static bool say(size_t at, const char *what)
{
	fprintf(stderr, "stopped after instruction %zu: %s\n", at, what);
	return false;
}

/* A pop, and a top that goes and comes back. */

static void pop(void *arg)
{
	(void)arg;
	popped = fmag_depot_get_top_up(&depot, 0);
}

static bool pop_two_and_put_the_top_back(void *arg, size_t at)
{
	struct fmag_magazine *first = fmag_depot_get_top_up(&depot, 0);

	(void)arg;
	(void)at;
	held = fmag_depot_get_top_up(&depot, 0);
	fmag_depot_put(&depot, 0, first);
	return true;
}

static bool none_is_in_two_hands(void *arg, size_t at, enum stepper_fate fate)
{
	struct fmag_magazine *rest;

	(void)arg;
	if (fate == STEPPER_RESUMED && popped == held)
		return say(at, "D1: two hold one magazine");
	for (size_t i = 0; i < 3; i++) {
		rest = fmag_depot_get_top_up(&depot, 0);
		if (rest != NULL && (rest == held || rest == popped))
			return say(at, "D1: a held magazine is on the stack");
	}
	return true;
}

Test(depot_stopped_anywhere, d1_a_pop_sees_that_its_top_was_gone_meanwhile,
	.timeout = 60)
{
	static const struct stepper stepper = {
		.run = pop,
		.stop = pop_two_and_put_the_top_back,
		.check = none_is_in_two_hands,
		.stride = 1,
	};

	begin_with_three();
	cr_assert_eq(fmag_stack_peek(&depot.first.partial), top);
	stepper_stop_everywhere(&stepper);
	cr_assert_eq(popped, top);
	cr_assert_eq(fmag_depot_get_top_up(&depot, 0), below);
	cr_assert_eq(fmag_depot_get_top_up(&depot, 0), bottom);
}

/* Two empty magazines put where one spare is owed. */

static struct fmag_magazine *empty_of_mine, *empty_of_others;

static void put_mine(void *arg)
{
	(void)arg;
	fmag_depot_put(&depot, 0, empty_of_mine);
}

static bool put_others(void *arg, size_t at)
{
	(void)arg;
	(void)at;
	fmag_depot_put(&depot, 0, empty_of_others);
	return true;
}

/* Abandoned between its two steps, it may hold the one that makes up for it. */
static bool spares_add_up(void *arg, size_t at, enum stepper_fate fate)
{
	unsigned spares = depot.spares_owed;

	(void)arg;
	if (spares > 1)
		return say(at, "D4: spares owed that nobody used");
	while (fmag_stack_pop(&depot.spare) != NULL)
		spares++;
	if (spares > SPARES)
		return say(at, "D4: one spare was made up for twice");
	if (spares < SPARES - (fate == STEPPER_ABANDONED))
		return say(at, "D4: a spare is lost");
	return true;
}

Test(depot_stopped_anywhere, d4_two_puts_make_up_for_one_spare_once,
	.timeout = 60)
{
	static const struct stepper stepper = {
		.run = put_mine,
		.stop = put_others,
		.check = spares_add_up,
		.stride = 1,
	};
	struct fmag_magazine *spare;
	fmag_hpa_t frame = 4096;

	init_depot();
	empty_of_mine = fmag_depot_get_room(&depot, 0);
	empty_of_others = fmag_depot_get_room(&depot, 0);
	spare = fmag_depot_get_spare(&depot);
	fmag_magazine_add(spare, CAPACITY, &frame, 1);
	fmag_depot_put(&depot, 0, spare);
	stepper_stop_everywhere(&stepper);
	cr_assert_not(fmag_depot_owes_spare(&depot));
}
