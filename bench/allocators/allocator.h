/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An allocator under measurement: a HAL over a pool of its
 * own, and the workload knows nothing but that HAL. To add one, write a file
 * with a `const struct allocator_kind` and name it in allocator.c.
 */
#ifndef BENCH_ALLOCATOR_H
#define BENCH_ALLOCATOR_H

#include <fmag/fmag.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_SIZE FMAG_ARENA_GRANULE

struct pool {
	struct fmag_arena *arena;
	unsigned char *memory;
	fmag_hpa_t base;
	size_t frames;
};

struct allocator {
	const struct allocator_kind *kind;
	struct pool pool;
	struct fmag_hal hal;
	void *state; /* the kind's own */
	size_t metadata_bytes;
};

/* What a cache keeps and did; of no use for a plain allocator. */
struct cache_counts {
	uint64_t hal_calls; /* since open */
	size_t frames_cached;
};

struct allocator_kind {
	const char *name;

	/* Waits by spinning, so must not run with more threads than CPUs. */
	bool spins;

	/*
	 * Makes allocator->hal, and allocator->state, over allocator->pool. False:
	 * no memory.
	 */
	bool (*open)(struct allocator *allocator);

	/* Frames that could be allocated; no call runs beside it. */
	size_t (*frames_free)(const struct allocator *allocator);

	/* NULL: not a cache, every call reaches the allocator itself. */
	struct cache_counts (*counts)(const struct allocator *allocator);

	/* Returns how many frames the allocator says are still out. */
	size_t (*close)(struct allocator *allocator);
};

extern const struct allocator_kind allocator_arena;
extern const struct allocator_kind allocator_mutex;
extern const struct allocator_kind allocator_ticket;
extern const struct allocator_kind allocator_fmag;

/* The baselines first, the cache that they are compared with last. */
#define ALLOCATOR_COUNT 4
extern const struct allocator_kind *const allocator_kinds[ALLOCATOR_COUNT];

/*
 * Makes the pool, by the arena's `flags`, and the allocator. False, after a
 * message: it failed.
 */
bool allocator_open(struct allocator *allocator,
	const struct allocator_kind *kind, size_t pool_size, unsigned flags);

/*
 * Undoes allocator_open(). False, after a message: frames are missing from the
 * allocator, or from the memory under it.
 */
bool allocator_close(struct allocator *allocator);

/* A kind's `close` where the state is one piece of malloc's. */
size_t allocator_free_state(struct allocator *allocator);

/* For HALs whose ctx is the allocator itself. */
void *allocator_phys_to_virt(void *ctx, fmag_hpa_t paddr);
fmag_hpa_t allocator_virt_to_phys(void *ctx, const void *vaddr);

/* Frames of the pool by number. */
static inline fmag_hpa_t pool_frame(const struct pool *pool, size_t index)
{
	return pool->base + (fmag_hpa_t)index * FRAME_SIZE;
}

static inline size_t pool_index(const struct pool *pool, fmag_hpa_t paddr)
{
	return (size_t)((paddr - pool->base) / FRAME_SIZE);
}

#endif
