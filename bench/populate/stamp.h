/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Owner stamps: who owns each frame of a pool, in a table apart from the
 * frames and from the allocator. A frame is stamped when it was allocated, and
 * must have had no owner; its stamp is cleared before it is given back, and
 * must be the one that its owner put there. The owner's stamp is written into
 * the frame too, and must still be there.
 *
 * The table's accesses are relaxed on purpose: that one owner's writes are
 * over before the next owner's begin is what the allocator owes, and a race
 * detector sees whether it does.
 */
#ifndef BENCH_STAMP_H
#define BENCH_STAMP_H

#include "allocators/allocator.h"

#include <stdatomic.h>

/* A page of a guest in one of its lives; never 0. */
typedef uint64_t stamp_t;

#define STAMP_MAX_GUESTS 0xfffeu

static inline stamp_t stamp_of(unsigned guest, unsigned life, size_t gfn)
{
	return (stamp_t)(guest + 1) << 48 | (stamp_t)(life & 0xffff) << 32 |
		(gfn & UINT32_MAX);
}

enum mismatch_kind {
	MISMATCH_FOREIGN = 1, /* no frame of the pool */
	MISMATCH_OWNED,       /* allocated while it had an owner */
	MISMATCH_OWNER,       /* freed by one that does not own it */
	MISMATCH_MEMORY,      /* another owner wrote into it */
};

struct mismatch {
	enum mismatch_kind kind;
	fmag_hpa_t frame;
	stamp_t expected, found;
};

struct stamps {
	const struct allocator *allocator;
	_Atomic stamp_t *owner; /* by frame; 0: none */
	atomic_size_t mismatches;
	struct mismatch first; /* written by the first to count one */
};

bool stamps_open(struct stamps *stamps, const struct allocator *allocator);
void stamps_close(struct stamps *stamps);

/*
 * Makes `stamp` the owner of a frame just allocated, and touches its memory.
 * False: it is not free to be owned; it must not be used.
 */
bool stamp_put(struct stamps *stamps, fmag_hpa_t frame, stamp_t stamp);

/* Ends the ownership. False: `stamp` did not own it to the end. */
bool stamp_clear(struct stamps *stamps, fmag_hpa_t frame, stamp_t stamp);

/* For tests: gives some frame an owner that it does not have. */
void stamps_spoil(struct stamps *stamps);

/* Frames that have an owner; no thread runs beside it. */
size_t stamps_count(const struct stamps *stamps);

/* True: no mismatch was seen. Otherwise says what the first one was. */
bool stamps_report(const struct stamps *stamps);

#endif
