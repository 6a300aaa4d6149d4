/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * splitmix64 (Steele, Lea and Flood 2014): the same sequence from the same
 * seed on every machine.
 */
#ifndef TESTS_SUPPORT_RNG_H
#define TESTS_SUPPORT_RNG_H

#include <stdint.h>

static inline uint64_t rng_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* From 0 to below - 1. */
static inline uint64_t rng_below(uint64_t *state, uint64_t below)
{
	return rng_next(state) % below;
}

#endif
