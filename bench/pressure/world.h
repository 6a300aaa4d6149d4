/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache whose CPUs one thread plays in turn, so that counts are the same on
 * each run. On the claim and the owner front it says which CPU it is; on the
 * rseq front it goes there, so there are as many as this machine has.
 */
#ifndef BENCH_PRESSURE_WORLD_H
#define BENCH_PRESSURE_WORLD_H

#include <fmag/arena.h>
#include <fmag/cache.h>

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* That are played, at most. */
#define WORLD_MAX_CPUS 256u

struct world {
	enum fmag_front_kind front;
	unsigned cpus;
	unsigned cpu; /* that is played; not on the rseq front */
	cpu_set_t home;

	/* CPUs that were asked for their frames, and have not answered yet */
	bool poked[WORLD_MAX_CPUS];
	uint64_t pokes;

	struct fmag_arena *arena;
	struct fmag_hal hal;
	struct fmag_cache *cache;

	/* what the world took and has not given back, the last one on top */
	fmag_hpa_t *frames;
	size_t count;
};

/* What the cache did so far; of each there may be more without harm. */
struct world_counts {
	uint64_t hal_calls, depot_takes, depot_direct, barriers, pokes;
};

/* A front, as tables name it; "fmag-rseq" and so on. */
const char *world_front_name(enum fmag_front_kind front);

/* CPUs that a front's world may have. */
unsigned world_most_cpus(enum fmag_front_kind front);

/*
 * FMAG_ERR_UNSUPPORTED: this machine has not that front; other failures after a
 * message.
 */
enum fmag_status world_open(struct world *world, enum fmag_front_kind front,
	unsigned cpus, size_t frames);

/* Gives all back. False, after a message: frames are missing. */
bool world_close(struct world *world);

/* From now on the thread is on this CPU. */
void world_be(struct world *world, unsigned cpu);

/* One frame onto the stack; false: none. And the top one back. */
bool world_alloc(struct world *world);
void world_free(struct world *world);

/* Up to `count` of them: how many came. */
size_t world_alloc_many(struct world *world, size_t count);
void world_free_many(struct world *world, size_t count);

/*
 * Every CPU that was asked for its frames gives them up, as in an interrupt. The
 * thread is then on any of them.
 */
void world_answer(struct world *world);

struct fmag_cache_stats world_stats(const struct world *world);
struct world_counts world_counts(const struct world *world);

#endif
