/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Powers of two and alignment.
 */
#ifndef FMAG_BASE_BITS_H
#define FMAG_BASE_BITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool fmag_is_power_of_two(uint64_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* `alignment` is a power of two. */
static inline bool fmag_is_aligned(uint64_t n, uint64_t alignment)
{
	return (n & (alignment - 1)) == 0;
}

#endif
