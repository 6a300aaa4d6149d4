/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subject: an allocator under measurement. It is a HAL over a pool of its
 * own, and the workload knows nothing but that HAL. To add one, write a file
 * with a `const struct subject_kind` and name it in subject.c.
 */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

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

struct subject {
	const struct subject_kind *kind;
	struct pool pool;
	struct fmag_hal hal;
	void *state; /* the kind's own */
};

/* What a cache keeps and did; of no use for a plain allocator. */
struct cache_counts {
	uint64_t hal_calls; /* since open */
	size_t frames_cached;
};

struct subject_kind {
	const char *name;

	/* Waits by spinning, so must not run with more threads than CPUs. */
	bool spins;

	/*
	 * Makes subject->hal, and subject->state, over subject->pool. False:
	 * no memory.
	 */
	bool (*open)(struct subject *subject);

	/* Frames that could be allocated; no call runs beside it. */
	size_t (*frames_free)(const struct subject *subject);

	/* NULL: not a cache, every call reaches the allocator itself. */
	struct cache_counts (*counts)(const struct subject *subject);

	/* Returns how many frames the allocator says are still out. */
	size_t (*close)(struct subject *subject);
};

extern const struct subject_kind subject_arena;
extern const struct subject_kind subject_mutex;
extern const struct subject_kind subject_ticket;
extern const struct subject_kind subject_fmag;

/* The baselines first, the cache that they are compared with last. */
#define SUBJECT_COUNT 4
extern const struct subject_kind *const subject_kinds[SUBJECT_COUNT];

/*
 * Makes the pool, by the arena's `flags`, and the allocator. False, after a
 * message: it failed.
 */
bool subject_open(struct subject *subject, const struct subject_kind *kind,
	size_t pool_size, unsigned flags);

/*
 * Undoes subject_open(). False, after a message: frames are missing from the
 * allocator, or from the memory under it.
 */
bool subject_close(struct subject *subject);

/* For HALs whose ctx is the subject itself. */
void *subject_phys_to_virt(void *ctx, fmag_hpa_t paddr);
fmag_hpa_t subject_virt_to_phys(void *ctx, const void *vaddr);

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
