/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache of the counted library, in storage that is watched, for CPUs that
 * threads play (watch_play).
 */
#ifndef BENCH_SCALING_WORLD_H
#define BENCH_SCALING_WORLD_H

#include <fmag/cache.h>
#include <stdbool.h>

struct world {
	struct fmag_cache *cache;
	void *map;
	size_t map_size;
};

/* With the defaults of fmag_cache_create(). False: no memory. */
bool world_open(struct world *world, enum fmag_front_kind front, unsigned cpus,
	bool threads, const struct fmag_hal *hal);

/* How many frames are still out, by the cache's account. */
size_t world_close(struct world *world);

#endif
