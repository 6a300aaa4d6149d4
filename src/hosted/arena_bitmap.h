/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock-free bitmap: which granules of a pool are free. It knows numbers, not
 * memory: bit i stands for granule `origin + i`, and alignment is that of the
 * granule's number, not of the bit's index, so that a pool may start anywhere.
 *
 * 1 is free, 0 is used: a bitmap wiped by a fork is a dry one.
 *
 * `cpu` is a hint, any number will do: calls with different ones seldom touch
 * the same words.
 */
#ifndef FMAG_HOSTED_ARENA_BITMAP_H
#define FMAG_HOSTED_ARENA_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

#define FMAG_ARENA_BITMAP_NONE SIZE_MAX

/*
 * Where the calls of some CPUs search, and what they have done. More lanes
 * would make the sum of `returns`, read when the bitmap is dry, dearer; fewer
 * would be shared by more CPUs. A power of two.
 */
#define FMAG_ARENA_LANES 32

struct fmag_arena_lane {
	uint64_t hint;    /* the bit where the next search starts */
	uint64_t returns; /* releases and roll-backs that are over (B4) */
} __attribute__((aligned(FMAG_LINE_PAIR)));

/* What init wrote, and nobody writes after. `lanes` and `words` lie apart, in
 * storage that may be wiped. */
struct fmag_arena_bitmap {
	size_t bits;
	size_t word_count;
	uint64_t origin;
	struct fmag_arena_lane *lanes;
	uint64_t *words;
};

/* Bits claimed at once: those of `mask` in one word. */
struct fmag_arena_bits {
	size_t first; /* the index of the word's bit 0 */
	uint64_t mask;
};

/* Bytes of storage for `bits` bits, which must not be 0. */
size_t fmag_arena_bitmap_storage_size(size_t bits);

/*
 * Makes all bits free. `storage` is zeroed memory, aligned to FMAG_LINE_PAIR.
 */
void fmag_arena_bitmap_init(struct fmag_arena_bitmap *bitmap, void *storage,
	size_t bits, uint64_t origin);

/*
 * Claims `count` bits that follow one another, the first of them with a granule
 * number that is a multiple of `align`, a power of two.
 *
 * Context:  any; may interrupt any call on the same bitmap.
 * Progress: lock-free.
 * Returns:  the first bit's index; FMAG_ARENA_BITMAP_NONE: at an instant inside
 *           the call no such run was free (B5).
 */
size_t fmag_arena_bitmap_claim(struct fmag_arena_bitmap *bitmap, unsigned cpu,
	size_t count, uint64_t align);

/*
 * Claims as many bits of one word as it has, up to `limit`, with one
 * compare-and-swap.
 *
 * Context:  as above.
 * Progress: lock-free.
 * Returns:  the bits; a mask of 0: at an instant inside the call none was free.
 */
struct fmag_arena_bits fmag_arena_bitmap_claim_bits(
	struct fmag_arena_bitmap *bitmap, unsigned cpu, size_t limit);

/*
 * Makes `count` bits from `start` free; they must lie inside the bitmap.
 *
 * Context:  as above.
 * Progress: wait-free.
 * Returns:  whether all of them were used. If not, the caller gave something
 *           back twice, and bits of another owner may have been set.
 */
bool fmag_arena_bitmap_release(struct fmag_arena_bitmap *bitmap, unsigned cpu,
	size_t start, size_t count);

/* How many bits are free, each word at another instant. */
size_t fmag_arena_bitmap_free_count(const struct fmag_arena_bitmap *bitmap);

#endif
