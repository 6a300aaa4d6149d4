/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the accesses of the counted library to one cache's storage.
 *
 * How they are seen: its sources are compiled once more with -fsanitize=thread,
 * by which the compiler puts a call before each access to memory that others
 * might see, and makes a call of each atomic one; and linked not with
 * ThreadSanitizer, but with these calls of ours. What the compiler cannot see is
 * assembly: of that the library has CK's primitives (shim/ck_pr.h) and the
 * sections (sections.h), which are stated in C here. test_scaling.py holds the
 * object files to it.
 *
 * A thread counts by itself, for the CPU that it plays.
 */
#ifndef BENCH_SCALING_WATCH_H
#define BENCH_SCALING_WATCH_H

#include "scaling/counted/lines.h"
#include "scaling/counted/places.h"

enum access {
	ACCESS_RMW, /* atomic read-modify-write; a swap that fails, too */
	ACCESS_STORE,
	ACCESS_LOAD,
	ACCESSES,
};

struct watch_counts {
	uint64_t accesses[PLACES][ACCESSES];
	/* Of these: lines that were not the CPU's, and came. */
	uint64_t fetches[PLACES];
	uint64_t upgrades[PLACES];
	/* Compare-and-swaps that failed: another CPU's came between. */
	uint64_t failures;
	/*
	 * Read-modify-writes outside of the storage: not accounted for. Loads
	 * and stores there are of what a caller passes, by the functions that
	 * copy to and from magazines.
	 */
	uint64_t elsewhere;
};

/* While no call runs. `threads`: several count at once. False: no memory. */
bool watch_storage(const struct fmag_cache *cache, size_t size, unsigned cpus,
	bool threads);
void watch_nothing(void);

/* The lines of what is watched; for when no call runs. */
struct lines *watch_lines(void);

/* The calling thread's: the CPU that it plays, and whether it counts. */
void watch_play(unsigned cpu);
unsigned watch_cpu(void);
void watch_count(bool on);

/* What it counted; from nothing again. */
struct watch_counts watch_take(void);

#endif
