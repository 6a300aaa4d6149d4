/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A front without a cache, for the tests of its contract: two CPUs, of which one
 * thread plays either, and a few magazines. Of each file that includes it, its
 * own; that says CAPACITY first.
 */
#ifndef TESTS_SUPPORT_FRONT_SCENE_H
#define TESTS_SUPPORT_FRONT_SCENE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "front/front.h"
#include "support/slot_view.h"

#define CPUS      2
#define MAGAZINES 4

static struct fmag_front *front;
static struct fmag_magazine *magazines[MAGAZINES];
static unsigned cpu; /* the one that is played */
static struct fmag_front_shared shared;

static unsigned front_scene_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return cpu;
}

/* A front of `ops`, with the hooks and the area of `like`. */
static void front_scene_make(
	const struct fmag_front_ops *ops, struct fmag_front like)
{
	like.hot.frame_mask = 4095;
	like.hot.cpu_count = CPUS;
	like.current_cpu = front_scene_cpu;
	like.shared = &shared;
	front = aligned_alloc(FMAG_CACHE_ALIGN, FMAG_CACHE_KEPT_SIZE_(CPUS));
	*front = like;
	fmag_front_init(front, ops, CAPACITY);
	for (size_t i = 0; i < MAGAZINES; i++) {
		magazines[i] = aligned_alloc(64, FMAG_MAGAZINE_SIZE_(CAPACITY));
		memset(magazines[i], 0, sizeof(*magazines[i]));
		magazines[i]->link.next = &magazines[0]->link; /* of a stack */
	}
	shared = (struct fmag_front_shared){ 0 };
	cpu = 0;
}

static void front_scene_end(void)
{
	free(front);
	for (size_t i = 0; i < MAGAZINES; i++)
		free(magazines[i]);
}

static fmag_hpa_t frame(size_t n)
{
	return n * 4096;
}

/* Whether another slot operation came since this was last asked. */
static bool has_moved(void)
{
	static uint64_t before;
	uint64_t moves = front->ops->moves(front);
	bool grown = moves > before;

	cr_assert_geq(moves, before, "it never falls");
	before = moves;
	return grown;
}

static struct fmag_slot *slot(unsigned of_cpu)
{
	return fmag_front_slot(front, of_cpu);
}

/* Gives magazine i the frames 100 * i + 1, ... */
static void put_frames(size_t i, size_t rounds)
{
	for (size_t n = 1; n <= rounds; n++) {
		fmag_hpa_t f = frame(100 * i + n);

		cr_assert_eq(
			fmag_magazine_add(magazines[i], CAPACITY, &f, 1), 1);
	}
}

/* Installs it with these, to be filled to `limit`; what came out. */
static struct fmag_magazine *install_to(size_t i, size_t rounds, size_t limit)
{
	struct fmag_magazine *displaced;

	put_frames(i, rounds);
	cr_assert_eq(
		front->ops->install(front, magazines[i], limit, &displaced),
		FMAG_FRONT_DONE);
	cr_assert(fmag_word_is_local(magazines[i]->word), "F1");
	return displaced;
}

static struct fmag_magazine *install(size_t i, size_t rounds)
{
	return install_to(i, rounds, CAPACITY);
}

#endif
