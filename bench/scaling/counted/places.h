/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lies where in a cache's storage.
 */
#ifndef BENCH_SCALING_PLACES_H
#define BENCH_SCALING_PLACES_H

#include <stddef.h>

struct fmag_cache;

enum place {
	PLACE_STACK,    /* the depot's: heads of its four stacks */
	PLACE_PREVIOUS, /* a CPU's slot: the word that anyone may exchange */
	PLACE_SLOT,     /* the rest of it */
	PLACE_MAGAZINE, /* a magazine's head: word, limit, period, link */
	PLACE_FRAMES,   /* the frames in it */
	PLACE_COUNTERS, /* statistics, in the line that all CPUs count in */
	PLACE_OTHER,    /* HAL marks, and what is read only after init */
	PLACES,
};

extern const char *const place_names[PLACES];

struct places {
	size_t slots, state, marks, table; /* offsets in the storage */
	size_t magazine_size;
};

struct places places_of(const struct fmag_cache *cache);

enum place place_at(const struct places *places, size_t offset);

#endif
