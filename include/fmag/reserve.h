/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reserve: frames that a vCPU has in its hand before it takes its locks, so
 * that nothing fails half-way through a fault.
 *
 *	if (fmag_reserve_topup(&vcpu->reserve, LEVELS) != FMAG_OK)
 *		return -ENOMEM;                 (nothing was begun yet)
 *	lock(tables);
 *	table = fmag_reserve_alloc(&vcpu->reserve); (cannot fail, LEVELS times)
 *	...
 *	unlock(tables);
 *
 * What is held is the caller's, and out of everyone's reach. A vCPU that will
 * not fault for a while parks its reserve: its frames can be had by an allocation
 * that finds neither the depot nor the HAL to have one, and only by that, and
 * are there at the next topup unless one was.
 *
 *	       topup, of any count            park
 *	       +-----------------+    ------------------->
 *	       +----> held ------+                         parked
 *	                              <-------------------
 *	                              topup that is FMAG_OK
 *
 * A reserve is one thread's at a time, as its vCPU is: none of this may be
 * called beside another call on the same reserve, nor in a handler that
 * interrupted one. Different reserves have nothing to do with each other.
 */
#ifndef FMAG_RESERVE_H
#define FMAG_RESERVE_H

#include <fmag/types.h>

struct fmag_cache;
struct fmag_magazine;

/* Frames that a reserve has room for. */
#define FMAG_RESERVE_MAX 64u

/* The caller's storage; what is in it is the library's. */
struct fmag_reserve {
	struct fmag_cache *cache;
	size_t count; /* held; 0 while parked */
	/* Where the parked ones lie; NULL: nowhere, or it is not parked. */
	struct fmag_magazine *parked;
	bool is_parked;
	fmag_hpa_t frames[FMAG_RESERVE_MAX]; /* the next one last */
};

FMAG_BEGIN_DECLS

/*
 * Makes an empty reserve of `cache`'s frames.
 *
 * Context:  any.
 * Progress: wait-free.
 */
FMAG_API void fmag_reserve_init(
	struct fmag_reserve *reserve, struct fmag_cache *cache);

/*
 * Sees to it that `count` frames are held, or more: what is held already counts,
 * and what was parked and is left is taken back, all of it. All or nothing.
 *
 * Context:  as fmag_alloc_frame().
 * Progress: as fmag_alloc_frame(), FMAG_RESERVE_MAX times at most.
 * Returns:  FMAG_OK: it is not parked, and the next `count` fmag_reserve_alloc()
 *           succeed; FMAG_ERR_INVALID: `count` is more than FMAG_RESERVE_MAX;
 *           FMAG_ERR_NO_MEMORY: as FMAG_HPA_NONE there. Unless FMAG_OK it holds
 *           what it held, and what was parked still is, but what others had of
 *           it.
 * Faults:   as fmag_alloc_frame().
 */
FMAG_API enum fmag_status fmag_reserve_topup(
	struct fmag_reserve *reserve, size_t count);

/*
 * Takes one of the frames that are held; the caller owes fmag_dealloc_frame().
 *
 * Context:  any.
 * Progress: wait-free: a few plain accesses.
 * Returns:  the frame's host physical address; FMAG_HPA_NONE only with a fault.
 * Faults:   FMAG_FAULT_RESERVE_EMPTY, FMAG_FAULT_RESERVE_PARKED,
 *           FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API fmag_hpa_t fmag_reserve_alloc(struct fmag_reserve *reserve);

/*
 * How many allocations cannot fail.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  the frames that are held; 0 while it is parked.
 */
FMAG_API size_t fmag_reserve_count(const struct fmag_reserve *reserve);

/*
 * Gives its frames up to those who find none elsewhere. They count as cached, and
 * a drain or an evacuation gives them to the HAL; a trim leaves them. A parked
 * reserve keeps one of the cache's magazines: let magazine_count be more by as
 * many as are parked at a time. Where there is no empty one, or it has no room
 * for all, the frames are freed. One that is parked stays so.
 *
 * Context:  as fmag_dealloc_frame().
 * Progress: as fmag_dealloc_frame(), FMAG_RESERVE_MAX times at most.
 * Faults:   as fmag_dealloc_frame().
 */
FMAG_API void fmag_reserve_park(struct fmag_reserve *reserve);

/*
 * Gives all its frames back to the cache; before the cache's end. It is empty
 * then, as after init, and once more does nothing.
 *
 * Context:  as fmag_dealloc_frame().
 * Progress: as fmag_dealloc_frame(), FMAG_RESERVE_MAX times at most.
 * Faults:   as fmag_dealloc_frame().
 */
FMAG_API void fmag_reserve_fini(struct fmag_reserve *reserve);

FMAG_END_DECLS

#endif
