/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zeroing memory, by the fastest means that this machine has.
 *
 * Two uses, two means. Memory that its user waits for is to lie in the CPU's
 * caches afterwards: a frame that is zeroed for the caller. Memory that is
 * zeroed ahead is not, since it would only push out what does: a frame that is
 * scrubbed (clean/scrub.c), maybe for another CPU.
 *
 * Under a sanitizer memset is all there is: of assembly it sees nothing.
 */
#ifndef FMAG_ZERO_ZERO_H
#define FMAG_ZERO_ZERO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"

/* What the means below ask of address and size; no frame is smaller. */
#define FMAG_ZERO_ALIGN 512u

/* All that it wrote comes before what the caller stores next. */
typedef void (*fmag_zero)(void *memory, size_t size);

struct fmag_zero_means {
	const char *name;
	fmag_zero zero;
	bool (*is_to_be_had)(void); /* NULL: always */
	bool goes_past_caches;
};

/* An architecture's own, the better ones last; maybe none. */
struct fmag_zero_table {
	const struct fmag_zero_means *means;
	unsigned count;
};
extern const struct fmag_zero_table fmag_zero_of_machine FMAG_HIDDEN;

/* What a cache zeroes by. */
struct fmag_zeroing {
	fmag_zero now;
	fmag_zero ahead;
};

/* By what the CPU says of itself. */
struct fmag_zeroing fmag_zero_choose(void);

/*
 * By trying: what took least time by `clock`, of a few turns over `size` bytes of
 * ordinary memory at `scratch`, both multiples of FMAG_ZERO_ALIGN.
 */
struct fmag_zeroing fmag_zero_measure(
	void *scratch, size_t size, uint64_t (*clock)(void));

static inline bool fmag_zero_is_to_be_had(const struct fmag_zero_means *means)
{
	return means->is_to_be_had == NULL || means->is_to_be_had();
}

/* The library's memset, or the compiler's. */
void fmag_zero_by_memset(void *memory, size_t size);

/* By one of the two. A frame may lie anywhere in the host's address space. */
static inline void fmag_zero_by(fmag_zero means, void *memory, size_t size)
{
	if (fmag_likely(fmag_is_aligned((uintptr_t)memory, FMAG_ZERO_ALIGN)))
		means(memory, size);
	else
		fmag_zero_by_memset(memory, size);
}

#endif
