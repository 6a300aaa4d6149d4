/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest: its RAM as a table from guest frame numbers to frames. It lives
 * while vCPUs and balloons enter and leave it, dies when someone dooms it, and
 * whoever finds it dying and empty of threads may claim it, tear it down and
 * start its next life. Nobody waits for anybody.
 *
 *	              doom                claim
 *	  LIVING ------------> DYING --------------> CLAIMED
 *	(n inside)          (n inside,             (0 inside,
 *	      ^              none enter)          the claimer's)
 *	      |                                        |
 *	      +------------------- restart ------------+
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include <fmag/fmag.h>

#include <stdatomic.h>

#define GUEST_ALIGN 128 /* two cache lines: the prefetcher takes pairs */

struct guest {
	_Alignas(GUEST_ALIGN) unsigned number;
	unsigned life; /* changed only by the claimer */
	size_t pages;
	_Atomic fmag_hpa_t *frame; /* by gfn; FMAG_HPA_NONE: not mapped */

	_Alignas(GUEST_ALIGN) atomic_uint state;

	/* Sums of what threads did, added up once a turn. */
	_Alignas(GUEST_ALIGN) atomic_size_t mapped; /* now */
	atomic_size_t faulted;                      /* in this life */
};

bool guest_open(struct guest *guest, unsigned number, size_t pages);
void guest_close(struct guest *guest);

/* False: the guest is dying, or being torn down. */
bool guest_enter(struct guest *guest);
void guest_leave(struct guest *guest);

void guest_doom(struct guest *guest);
bool guest_claim(struct guest *guest);
void guest_restart(struct guest *guest);

/* Maps a frame. False: another vCPU was first; the frame stays the caller's. */
bool guest_map(struct guest *guest, size_t gfn, fmag_hpa_t frame);

/* Takes a page away. FMAG_HPA_NONE: it is not mapped. */
fmag_hpa_t guest_unmap(struct guest *guest, size_t gfn);

bool guest_is_mapped(const struct guest *guest, size_t gfn);

/* Reports what a turn mapped (positive) or unmapped (negative). */
void guest_count(struct guest *guest, ptrdiff_t mapped);

static inline size_t guest_mapped(const struct guest *guest)
{
	return atomic_load_explicit(&guest->mapped, memory_order_relaxed);
}

static inline size_t guest_faulted(const struct guest *guest)
{
	return atomic_load_explicit(&guest->faulted, memory_order_relaxed);
}

#endif
