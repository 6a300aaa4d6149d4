/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of the fronts: how a caller reaches its CPU's magazines.
 *
 * A slot is what a front keeps for one CPU: two magazines, `loaded`, which
 * alloc takes from and dealloc puts into, and `previous`, which changes places
 * with it when it runs empty or full (Bonwick and Adams 2001). Between two
 * visits to the depot that exchange whole magazines lie at least as many
 * operations as a magazine has room for.
 *
 * A slot is in one of four states:
 *
 *	          install                     detach
 *	EMPTY ----------------> OPEN ----------------------> DETACHED
 *	                       |    ^  ^                         |
 *	             an op of  |    |  |        install          |
 *	             its CPU   v    |  +-------------------------+
 *	                       BUSY-+
 *
 * EMPTY is all zeroes: never used, or wiped by fork; detach makes it DETACHED
 * too, and an op of its CPU passes through BUSY and back. BUSY exists only where
 * the front needs it (claim); a slot that stays BUSY because its holder was
 * stopped for ever is one its CPU does without: every operation below then
 * says MISS or REFUSED at once, and its caller goes to the depot (G3). An
 * install over EMPTY or DETACHED never waits.
 *
 * The operations, for the slot of the CPU the caller runs on when the operation
 * takes effect; `L` and `P` are its magazines, `cap` their capacity. Each
 * takes effect at one instant (G2) or not at all.
 *
 *   pop        if L has rounds:            take L's top
 *              else if P has rounds:       exchange L and P; take L's top
 *              else                        MISS
 *   push(f)    if f is L's top:            REPEAT, nothing changes
 *              if L has room:              put f on L
 *              else if P has room:         exchange L and P; put f on L
 *              else                        MISS
 *   pop_on(c)  as pop, but of CPU c's slot or not at all: REFUSED where that
 *              is BUSY, there is none, or the front reaches only the slot of
 *              the CPU it runs on and that is another
 *   pop_many   as pop, repeated up to `count` times; how many
 *   push_many  as push, repeated; stops at a MISS or REPEAT; how many
 *   install(M) {L, P} := {M, L}; the old P comes out, or NULL; or REFUSED
 *              and nothing changes. M is SHARED and held by the caller before,
 *              LOCAL after; the old P the other way round.
 *   detach(c)  of any CPU c, from any CPU: takes L and P out, SHARED, held by
 *              the caller; the slot is DETACHED. REFUSED where it is BUSY.
 *              Reattaching is an install.
 *   is_open    false where the slot is BUSY or there is none: the operations
 *              above would have said MISS or REFUSED just now. A hint.
 *   moves(c)   a count that grows with each operation on c's OPEN slot but a
 *              pop that misses. Between two that are equal nothing came or went,
 *              and who held the slot BUSY holds it still or found it empty.
 *
 * Who may write which word:
 *   the slot's state             whoever changes it, by an atomic exchange,
 *                                and its holder, to give it up
 *   loaded, previous, moves      the holder of the slot
 *   word and frames[] of L, P    the holder of the slot, plainly (LOCAL mode,
 *                                magazine/magazine.h)
 *
 * Invariants:
 *   F1 A magazine is in at most one slot, and then LOCAL and on no stack.
 *   F2 A frame is in L or P, or with whoever popped it, never both.
 *   F3 No operation waits, allocates, or calls anything but current_cpu.
 */
#ifndef FMAG_FRONT_FRONT_H
#define FMAG_FRONT_FRONT_H

#include <stdbool.h>

#include <fmag/cache.h>

#include "magazine/magazine.h"

struct fmag_slot;
struct fmag_front;

enum fmag_front_result {
	FMAG_FRONT_DONE = 0,
	FMAG_FRONT_MISS,   /* both magazines empty, or full, or not to be had */
	FMAG_FRONT_REPEAT, /* the frame lies on top already */
	FMAG_FRONT_REFUSED, /* the slot is not to be had */
};

struct fmag_front_ops {
	fmag_hpa_t (*pop)(struct fmag_front *front); /* MISS: NONE */
	enum fmag_front_result (*pop_on)(
		struct fmag_front *front, unsigned cpu, fmag_hpa_t *frame);
	enum fmag_front_result (*push)(
		struct fmag_front *front, fmag_hpa_t frame);
	size_t (*pop_many)(
		struct fmag_front *front, fmag_hpa_t *frames, size_t count);
	size_t (*push_many)(struct fmag_front *front, const fmag_hpa_t *frames,
		size_t count);
	enum fmag_front_result (*install)(struct fmag_front *front,
		struct fmag_magazine *magazine,
		struct fmag_magazine **displaced);
	enum fmag_front_result (*detach)(struct fmag_front *front, unsigned cpu,
		struct fmag_magazine *magazines[2]);
	bool (*is_open)(const struct fmag_front *front);
	uint64_t (*moves)(const struct fmag_front *front, unsigned cpu);
};

/* Read only after init. */
struct fmag_front {
	const struct fmag_front_ops *ops;
	struct fmag_slot *slots; /* cpu_count of FMAG_CACHE_SLOT_SIZE_ bytes */
	unsigned cpu_count;
	unsigned capacity; /* rounds a magazine holds */
	unsigned (*current_cpu)(void *hook_ctx);
	void *hook_ctx;
};

/* The caller's CPU, as far as it can be told; may be cpu_count or more. */
static inline unsigned fmag_front_cpu(const struct fmag_front *front)
{
	return front->current_cpu(front->hook_ctx);
}

/* The fronts there are; each in a file of its own. */
extern const struct fmag_front_ops fmag_front_claim;

#endif
