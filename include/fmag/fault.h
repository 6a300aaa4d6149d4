/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: what fmag says when it is misused, or its HAL misbehaves.
 *
 * A fault is a bug found, not a condition to handle. The default ends the
 * program with a message. A host's own on_fault may return; fmag then leaves the
 * faulty frame alone, and goes on. No fault does not mean no bug: only what costs
 * the hit path next to nothing is looked for.
 */
#ifndef FMAG_FAULT_H
#define FMAG_FAULT_H

#include <fmag/types.h>

struct fmag_cache;

enum fmag_fault_kind {
	/* The frame given back lies on top of this CPU's loaded magazine. */
	FMAG_FAULT_DOUBLE_FREE = 1,
	/* FMAG_HPA_NONE or a misaligned address was given back. */
	FMAG_FAULT_NOT_A_FRAME,
	/* A count of 0, an alignment that is no power of two, or a run given
	 * back to a HAL that has none. */
	FMAG_FAULT_INVALID_REQUEST,
	/* No way to reach the frame's memory: phys_to_virt gave NULL, and the
	 * HAL has no fill_frame or may not be called in this handler. With
	 * zero_on_free a frame given back is quarantined then; one that the HAL
	 * gave goes back to it. */
	FMAG_FAULT_UNMAPPED,
	/* The HAL gave FMAG_HPA_NONE among frames, or a misaligned one. */
	FMAG_FAULT_HAL_BAD_FRAME,
	/* The HAL gave one frame twice within one call. */
	FMAG_FAULT_HAL_REPEAT,
	/* The HAL says it gave more frames than it was asked for. */
	FMAG_FAULT_HAL_OVERCOUNT,
	/* A flow of control that may not call the HAL, since its hal_mark is
	 * raised, gave back more frames than the caches and the spare
	 * magazines have room for, or a run that cannot be split, or a frame of
	 * an evacuated range; they are quarantined. */
	FMAG_FAULT_NO_ROOM,
	/* The process forked, and the child used the cache: an alloc gives
	 * FMAG_HPA_NONE, a frame given back is dropped. */
	FMAG_FAULT_USED_AFTER_FORK,
	/* On the owner front current_cpu returned a number of cpu_count or
	 * more; the call is served by the depot. */
	FMAG_FAULT_BAD_CPU,
	/* A source of grace periods does not know a ticket that it gave
	 * (retire.h); its frames stay retired. */
	FMAG_FAULT_BAD_TICKET,
	/* A frame was taken from a reserve that holds none: more than its last
	 * topup was for. */
	FMAG_FAULT_RESERVE_EMPTY,
	/* A frame was taken from a reserve that is parked. */
	FMAG_FAULT_RESERVE_PARKED,
	/* More frames were given back to an account than it was charged with. */
	FMAG_FAULT_NOT_CHARGED,
};

struct fmag_fault {
	enum fmag_fault_kind kind;
	struct fmag_cache *cache;
	fmag_hpa_t paddr;    /* the frame it is about, or FMAG_HPA_NONE */
	const char *message; /* static; one line without its end */
};

FMAG_BEGIN_DECLS

/*
 * Ends the program: an error that no cache can be told of. Hosted, the library
 * has a weak one that prints `message` on standard error and aborts;
 * freestanding, the host defines it. Must not return.
 *
 * Context:  any.
 * Progress: ends the program.
 */
FMAG_API __attribute__((noreturn)) void fmag_panic(const char *message);

FMAG_END_DECLS

#endif
