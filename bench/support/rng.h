/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for choices of the workload: splitmix64, a word of state a
 * thread, the same sequence for the same seed everywhere.
 */
#ifndef BENCH_RNG_H
#define BENCH_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t z = rng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 to bound - 1; the bias of the remainder does not matter here. */
static inline size_t rng_below(struct rng *rng, size_t bound)
{
	return (size_t)(rng_next(rng) % bound);
}

/* 0 to count - 1, in any order. */
static inline void rng_shuffle(struct rng *rng, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t other = rng_below(rng, i + 1);

		order[i] = order[other];
		order[other] = i;
	}
}

#endif
