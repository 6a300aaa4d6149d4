/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A magazine whose frames are all of one node goes to that node's shelf as it
 * is. Of any other the frames at its bottom that are of one node stay in it, and
 * those above them are moved, one by one, into magazines with room of their own
 * nodes' shelves. So a call that is stopped for ever has one frame in its hands,
 * and magazines from which others take: what it withholds of those is room.
 *
 * Where there is no room for a frame, it and those below it stay where they are.
 * They are looked at again when their magazine comes by here next.
 *
 * Ordering:
 *   word load    acquire   partner of add (magazine/magazine.h): before the look
 *                          at frames[]
 *   frames[]     relaxed   only this call, the holder, writes there; a frame that
 *                          a taker has taken is none that is moved
 *   stay         relaxed   the holder's own, by now
 */
#include "cache/home.h"

#include "base/atomic.h"
#include "cache/evacuate.h"
#include "cache/flush.h"
#include "cache/node.h"

/* Magazines that frames are moved into at a time. */
#define WAYS 4u

struct sorting {
	struct fmag_cache *cache;
	unsigned shelf; /* of frames without a node */
	struct destination {
		unsigned node;
		struct fmag_magazine *magazine; /* held by this call, or NULL */
	} to[WAYS];
};

unsigned fmag_home_of(
	const struct fmag_cache *cache, unsigned shelf, fmag_hpa_t frame)
{
	const struct fmag_nodes *nodes = &cache->nodes;
	unsigned node;

	if (fmag_likely(nodes->of_frame == NULL))
		return shelf;
	node = nodes->of_frame(nodes->hook_ctx, frame);
	return node < nodes->count ? node : shelf;
}

static void put_down(struct sorting *sorting, struct destination *to)
{
	if (to->magazine != NULL)
		fmag_depot_put(
			&sorting->cache->state->depot, to->node, to->magazine);
	to->magazine = NULL;
}

static bool has_room(
	const struct fmag_depot *depot, const struct fmag_magazine *magazine)
{
	return magazine != NULL &&
		fmag_magazine_rounds(magazine) < depot->capacity;
}

/* One with room for a frame of that node; NULL: there is none. */
static struct fmag_magazine *destination(struct sorting *sorting, unsigned node)
{
	struct fmag_depot *depot = &sorting->cache->state->depot;
	struct destination *to = &sorting->to[node % WAYS];

	if (to->node == node && has_room(depot, to->magazine))
		return to->magazine;
	put_down(sorting, to);
	to->node = node;
	to->magazine = fmag_depot_get_top_up(depot, node);
	return to->magazine;
}

/* The frame on top. False where no more are to be moved. */
static bool move_top(struct sorting *sorting, struct fmag_magazine *magazine)
{
	struct fmag_cache *cache = sorting->cache;
	struct fmag_magazine *to;
	fmag_hpa_t frame;

	if (fmag_magazine_take(magazine, &frame, 1) == 0)
		return false;
	to = destination(sorting, fmag_home_of(cache, sorting->shelf, frame));
	if (to != NULL && fmag_admit(cache, to, frame))
		return true;
	/* No room; or it may lie nowhere any more. */
	if (!fmag_admit(cache, magazine, frame))
		fmag_flush_frame(cache, frame);
	return false;
}

static void move_above(
	struct sorting *sorting, struct fmag_magazine *magazine, size_t staying)
{
	while (fmag_magazine_rounds(magazine) > staying &&
		move_top(sorting, magazine))
		;
	for (unsigned i = 0; i < WAYS; i++)
		put_down(sorting, &sorting->to[i]);
}

/* The node of the frame that lies there. */
static unsigned home_at(const struct sorting *sorting,
	const struct fmag_magazine *magazine, size_t at)
{
	return fmag_home_of(sorting->cache, sorting->shelf,
		fmag_load_relaxed(&magazine->frames[at]));
}

/* Leaves in a magazine what belongs to one node; which one. */
static unsigned sort(struct sorting *sorting, struct fmag_magazine *magazine)
{
	size_t rounds = fmag_word_rounds(fmag_load_acquire(&magazine->word));
	size_t staying = 1;
	unsigned home;

	if (rounds == 0)
		return sorting->shelf;
	home = home_at(sorting, magazine, 0);
	while (staying < rounds && home_at(sorting, magazine, staying) == home)
		staying++;
	if (staying < rounds)
		move_above(sorting, magazine, staying);
	return home;
}

void fmag_home_put(struct fmag_cache *cache, unsigned shelf,
	struct fmag_magazine *magazine)
{
	if (fmag_unlikely(cache->nodes.of_frame != NULL)) {
		struct sorting sorting = { .cache = cache, .shelf = shelf };

		shelf = sort(&sorting, magazine);
	}
	fmag_depot_put(&cache->state->depot, shelf, magazine);
}

void fmag_home_put_back(
	struct fmag_cache *cache, struct fmag_magazine *magazine)
{
	unsigned cpu = fmag_stay_cpu(fmag_load_relaxed(&magazine->stay));

	fmag_home_put(cache, fmag_shelf_of_cpu(cache, cpu), magazine);
}
