/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The depot: the shared layer behind the CPUs. Lock-free stacks of magazines,
 * by how full they were when they came, and the table that all of them lie in.
 *
 * A magazine that is in no slot is SHARED (magazine/magazine.h): on one of the
 * stacks, or with one thread, its holder. Frames can be taken from it either
 * way, so no frame is out of reach because a holder was stopped.
 *
 * Invariants:
 *   D1 A magazine is on one stack, or in one slot, or has one holder.
 *   D2 On `empty` and `spare` every magazine has 0 rounds (by M4).
 *   D3 On `full` and `partial` a magazine has as many rounds as when it was
 *      put there, or fewer: takers need not pop it (on `full` only sweeps do
 *      not, since room is looked for on the others). So on `partial` it has
 *      room for a CPU that fills magazines to no more than `enough`.
 *   D4 spares + spares_owed = the number kept for handlers, less those that a
 *      thread between its two steps holds.
 *
 * The stacks are last in, first out: the frames freed last go out first.
 */
#ifndef FMAG_DEPOT_DEPOT_H
#define FMAG_DEPOT_DEPOT_H

#include <stdbool.h>

#include "depot/stack.h"
#include "magazine/magazine.h"

struct fmag_depot {
	struct fmag_stack full;
	struct fmag_stack partial;
	struct fmag_stack empty;
	struct fmag_stack spare; /* for handlers that may not call the HAL */

	/* Spare magazines that were used and not made up for. */
	uint32_t spares_owed __attribute__((aligned(FMAG_LINE_PAIR)));

	/* Read only after init. */
	char *table __attribute__((aligned(FMAG_LINE_PAIR)));
	size_t magazine_size; /* bytes from one to the next in the table */
	unsigned magazine_count;
	unsigned capacity; /* rounds a magazine has room for */
	unsigned enough;   /* rounds that make it a full one */
};

/*
 * Makes a depot of `count` empty magazines in `table`, `spares` of them spare.
 */
void fmag_depot_init(struct fmag_depot *depot, void *table, unsigned count,
	unsigned capacity, unsigned enough, unsigned spares);

/* Any magazine of the table. */
static inline struct fmag_magazine *fmag_depot_magazine(
	const struct fmag_depot *depot, unsigned index)
{
	return (void *)(depot->table + index * depot->magazine_size);
}

/* Puts back a magazine the caller holds, by how full it is now. */
void fmag_depot_put(struct fmag_depot *depot, struct fmag_magazine *magazine);

/* These give a magazine that the caller holds from now on, or NULL. */

/* One with frames, a full one first. Takers may have emptied it by now. */
struct fmag_magazine *fmag_depot_get_frames(struct fmag_depot *depot);
/* A full one, or one that takers have taken from since it was. */
struct fmag_magazine *fmag_depot_get_full(struct fmag_depot *depot);
/* One with frames that are not enough for a full one; likewise. */
struct fmag_magazine *fmag_depot_get_partial(struct fmag_depot *depot);
/* One with room for a CPU to free into: an empty one first. */
struct fmag_magazine *fmag_depot_get_room(struct fmag_depot *depot);
/* One with room for a few frames: a partial one first. */
struct fmag_magazine *fmag_depot_get_top_up(struct fmag_depot *depot);
/* A spare one, for a handler. */
struct fmag_magazine *fmag_depot_get_spare(struct fmag_depot *depot);

/* Frames in full magazines on their stack, about (depot/level.h). */
static inline size_t fmag_depot_full_frames(const struct fmag_depot *depot)
{
	uint64_t now = fmag_load_relaxed(&depot->full.level.now);
	size_t frames = fmag_level_frames(now);
	size_t most = fmag_level_magazines(now) * depot->capacity;

	return frames < most ? frames : most;
}

/* Magazines that nobody came for. */
struct fmag_depot_unused {
	size_t full;
	size_t partial;
};

/* Those since the last call, about: that many lay on the stacks all the time. */
static inline struct fmag_depot_unused fmag_depot_take_unused(
	struct fmag_depot *depot)
{
	return (struct fmag_depot_unused){
		.full = fmag_level_take_least(&depot->full.level),
		.partial = fmag_level_take_least(&depot->partial.level),
	};
}

/* True where get_room would have found one just now. */
bool fmag_depot_has_room(struct fmag_depot *depot);

/* True while spares are owed: the next empty magazine put makes up for one. */
bool fmag_depot_owes_spare(const struct fmag_depot *depot);

/* One frame; FMAG_HPA_NONE: none was found on the stacks. */
fmag_hpa_t fmag_depot_take_frame(struct fmag_depot *depot);

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
