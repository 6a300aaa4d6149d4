/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The depot: the shared layer behind the CPUs. Lock-free stacks of magazines,
 * by how full they were when they came, a set of them for each NUMA node: its
 * shelf. The table that all magazines lie in, and the spare ones, are one for
 * all nodes.
 *
 * A magazine that is in no slot is SHARED (magazine/magazine.h): on one of the
 * stacks, or with one thread, its holder. Frames can be taken from it either
 * way, so no frame is out of reach because a holder was stopped.
 *
 * Invariants:
 *   D1 A magazine is on one stack, or in one slot, or has one holder.
 *   D2 On `empty` and `spare` every magazine has 0 rounds (by M4).
 *   D3 On `full` and `partial` a magazine has as many rounds as when it was
 *      put there, or fewer: takers need not pop it (on `full` only those
 *      that go by the table do not, since room is looked for on the others). So on `partial` it has
 *      room for a CPU that fills magazines to no more than `enough`.
 *   D4 spares + spares_owed = the number kept for handlers, less those that a
 *      thread between its two steps holds.
 *
 * The stacks are last in, first out: the frames freed last go out first. Which
 * node's shelf a magazine is put on is its caller's to say, and no invariant:
 * every magazine is good for every CPU.
 */
#ifndef FMAG_DEPOT_DEPOT_H
#define FMAG_DEPOT_DEPOT_H

#include <stdbool.h>

#include "depot/stack.h"
#include "magazine/magazine.h"

struct fmag_shelf {
	struct fmag_stack full;
	struct fmag_stack partial;
	struct fmag_stack empty;
};

_Static_assert(sizeof(struct fmag_shelf) == FMAG_CACHE_SHELF_SIZE_,
	"FMAG_CACHE_STORAGE_SIZE_ON_NODES counts the shelves");

struct fmag_depot {
	struct fmag_shelf first; /* node 0's */
	struct fmag_stack spare; /* for handlers that may not call the HAL */

	/* Spare magazines that were used and not made up for. */
	uint32_t spares_owed __attribute__((aligned(FMAG_LINE_PAIR)));

	/* Read only after init. */
	char *table __attribute__((aligned(FMAG_LINE_PAIR)));
	size_t magazine_size; /* bytes from one to the next in the table */
	unsigned magazine_count;
	unsigned capacity; /* rounds a magazine has room for */
	unsigned enough;   /* rounds that make it a full one */
	unsigned node_count;
	struct fmag_shelf *others; /* node 1's, and so on */
};

/*
 * Makes a depot of one node, of `count` empty magazines in `table`, `spares` of
 * them spare.
 */
void fmag_depot_init(struct fmag_depot *depot, void *table, unsigned count,
	unsigned capacity, unsigned enough, unsigned spares);

/*
 * Then, before anybody uses it: there are `node_count` nodes, and the shelves of
 * all but node 0 are in `shelves`. They share the empty magazines.
 */
void fmag_depot_add_nodes(struct fmag_depot *depot, void *shelves,
	unsigned node_count, unsigned spares);

/* Any magazine of the table. */
static inline struct fmag_magazine *fmag_depot_magazine(
	const struct fmag_depot *depot, unsigned index)
{
	return (void *)(depot->table + index * depot->magazine_size);
}

/* Node `node`'s, which is less than node_count. */
static inline struct fmag_shelf *fmag_depot_shelf(
	struct fmag_depot *depot, unsigned node)
{
	if (fmag_likely(node == 0))
		return &depot->first;
	return &depot->others[node - 1];
}

/*
 * Puts a magazine the caller holds on that node's shelf, by how full it is now.
 */
void fmag_depot_put(struct fmag_depot *depot, unsigned node,
	struct fmag_magazine *magazine);

/* These give a magazine that the caller holds from now on, or NULL. */

/* Of one node's shelf. */

/* One with frames, a full one first. Takers may have emptied it by now. */
struct fmag_magazine *fmag_depot_get_frames_of(
	struct fmag_depot *depot, unsigned node);
/* A full one, or one that takers have taken from since it was. */
struct fmag_magazine *fmag_depot_get_full_of(
	struct fmag_depot *depot, unsigned node);
/* One with frames that are not enough for a full one; likewise. */
struct fmag_magazine *fmag_depot_get_partial_of(
	struct fmag_depot *depot, unsigned node);

/* Of every node's: `node`'s first, then those that follow it, in a ring. It may
 * be node_count, for the first. */

struct fmag_magazine *fmag_depot_get_frames(
	struct fmag_depot *depot, unsigned node);
struct fmag_magazine *fmag_depot_get_full(
	struct fmag_depot *depot, unsigned node);
/*
 * One with room for a CPU to free into: an empty one first; an empty one of any
 * node before the partial ones of others.
 */
struct fmag_magazine *fmag_depot_get_room(
	struct fmag_depot *depot, unsigned node);
/* One with room for a few of that node's frames: a partial one of its own first,
 * and none of others, whose frames are theirs. */
struct fmag_magazine *fmag_depot_get_top_up(
	struct fmag_depot *depot, unsigned node);
/* One without frames: that node's first. */
struct fmag_magazine *fmag_depot_get_empty(
	struct fmag_depot *depot, unsigned node);
/* A spare one, for a handler. */
struct fmag_magazine *fmag_depot_get_spare(struct fmag_depot *depot);

/* Frames in full magazines on their stacks, about (depot/level.h). */
size_t fmag_depot_full_frames(struct fmag_depot *depot);

/* Magazines that nobody came for. */
struct fmag_depot_unused {
	size_t full;
	size_t partial;
};

/* Those of a node since the last call, about: that many lay on its stacks all the
 * time. */
static inline struct fmag_depot_unused fmag_depot_take_unused(
	struct fmag_depot *depot, unsigned node)
{
	struct fmag_shelf *shelf = fmag_depot_shelf(depot, node);

	return (struct fmag_depot_unused){
		.full = fmag_level_take_least(&shelf->full.level),
		.partial = fmag_level_take_least(&shelf->partial.level),
	};
}

/* True where get_room would have found one just now. */
bool fmag_depot_has_room(struct fmag_depot *depot);

/* True while spares are owed: the next empty magazine put makes up for one. */
bool fmag_depot_owes_spare(const struct fmag_depot *depot);

/* One frame, of one node's shelf, or of every node's, as above; FMAG_HPA_NONE:
 * none was found on the stacks. */
fmag_hpa_t fmag_depot_take_frame_of(struct fmag_depot *depot, unsigned node);
fmag_hpa_t fmag_depot_take_frame(struct fmag_depot *depot, unsigned node);

/*
 * One frame from any SHARED magazine of the whole table, on a stack or not;
 * FMAG_HPA_NONE: none. *moves is the sum of all magazines' moves, as seen
 * (M3), where there was none; without those of LOCAL mode for stays that are
 * apart, or for all where `is_apart`. Two sweeps without a frame and with equal
 * sums prove that at each instant between them no SHARED magazine had one, and
 * that no frame came into a LOCAL one.
 */
fmag_hpa_t fmag_depot_sweep(
	struct fmag_depot *depot, bool is_apart, uint64_t *moves);

/* Frames in all magazines, LOCAL ones too. */
size_t fmag_depot_count_frames(const struct fmag_depot *depot);

#endif
