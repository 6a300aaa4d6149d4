/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena: a HAL over ordinary memory, for user-space VMMs, tests and
 * benchmarks. One pool, from which HALs of several frame sizes allocate. A
 * frame's physical address is the pool's base plus its offset in the pool, so
 * that base + offset is a guest-physical address too where a VMM maps the pool
 * as one slot. Hosted only.
 *
 * Every verb of an arena's HAL is lock-free and async-signal-safe, and the HAL
 * is FMAG_HAL_REENTRANT and FMAG_HAL_SPLITS_RUNS.
 */
#ifndef FMAG_ARENA_H
#define FMAG_ARENA_H

#include <fmag/hal.h>
#include <fmag/types.h>

enum fmag_arena_backing {
	/* Memory with a descriptor, as KVM wants; a child shares it. */
	FMAG_ARENA_MEMFD = 0,
	/* Memory of this process; a child gets a copy. */
	FMAG_ARENA_ANONYMOUS,
};

/* struct fmag_arena_config.flags */

/* 2 MiB pages if to be had; the mapping is then rounded up to them. */
#define FMAG_ARENA_HUGETLB (1u << 0)

/* Touch all memory at create. */
#define FMAG_ARENA_POPULATE (1u << 1)

/* In bytes. */
#define FMAG_ARENA_DEFAULT_BASE (UINT64_C(1) << 32)
#define FMAG_ARENA_DEFAULT_SIZE (sizeof(char[1]) * 64 << 20)
#define FMAG_ARENA_GRANULE      sizeof(char[4096])

/*
 * How an arena is made. Zero in any member is its default, NULL for the whole
 * the default for all. Copied.
 */
struct fmag_arena_config {
	/* sizeof(struct fmag_arena_config), or 0 for the first layout. */
	size_t struct_size;

	/* Bytes of memory, a multiple of 4096. Default: 64 MiB. */
	size_t size;

	/*
	 * Physical address of the first byte, a multiple of 4096, not 0;
	 * base + size must not pass 2^64. Default: 4 GiB.
	 */
	fmag_hpa_t base;

	/* Default: FMAG_ARENA_MEMFD. */
	enum fmag_arena_backing backing;

	/* FMAG_ARENA_HUGETLB, FMAG_ARENA_POPULATE. Default: neither. */
	unsigned flags;

	/*
	 * Told, in one line without its end, of what a user should know: that
	 * huge pages were asked for and could not be had. Default: a line on
	 * standard error.
	 */
	void (*on_message)(void *message_ctx, const char *message);

	/* Passed to on_message, which create alone calls. Default: NULL. */
	void *message_ctx;
};

struct fmag_arena;

FMAG_BEGIN_DECLS

/*
 * Makes an arena, all of it free.
 *
 * A child made by fork must not use it: it finds the arena dry, and panics
 * when it gives a frame back or fills one. Addresses translate as before.
 *
 * Context:  thread; calls mmap and memfd_create.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `arena` is NULL, or a member of
 *           `*config` is out of range; FMAG_ERR_NO_MEMORY: the system gave no
 *           memory (or is older than Linux 4.14). `*arena` is NULL unless
 *           FMAG_OK.
 */
FMAG_API enum fmag_status fmag_arena_create(
	struct fmag_arena **arena, const struct fmag_arena_config *config);

/*
 * Fills in `*hal` with a HAL of `frame_size` bytes a frame over the arena's
 * pool. May be called several times, with different sizes; all share the pool.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: frame_size is not a power of two of
 *           4096 or more; FMAG_ERR_UNSUPPORTED: it is larger than 1 GiB, or
 *           than the arena. `*hal` is untouched unless FMAG_OK. An arena
 *           whose base is less aligned may have no such frame all the same.
 */
FMAG_API enum fmag_status fmag_arena_hal(
	struct fmag_arena *arena, size_t frame_size, struct fmag_hal *hal);

/*
 * Gives the arena's memory back to the system; its frames, its HALs and the
 * caches over them must be out of use. NULL does nothing.
 *
 * Context:  thread; calls munmap.
 * Progress: blocking (exempt from G3).
 */
FMAG_API void fmag_arena_destroy(struct fmag_arena *arena);

/*
 * The pool as the system sees it, to map it elsewhere: a KVM memory slot, say.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  fmag_arena_fd: the memfd, owned by the arena, or -1 where it is
 *           anonymous; fmag_arena_memory: its first byte here;
 *           fmag_arena_base: that byte's physical address; fmag_arena_size:
 *           bytes; fmag_arena_page_size: bytes of the system's pages behind
 *           it; fmag_arena_free_bytes: bytes now free, counted by reading the
 *           whole bitmap.
 */
FMAG_API int fmag_arena_fd(const struct fmag_arena *arena);
FMAG_API void *fmag_arena_memory(const struct fmag_arena *arena);
FMAG_API fmag_hpa_t fmag_arena_base(const struct fmag_arena *arena);
FMAG_API size_t fmag_arena_size(const struct fmag_arena *arena);
FMAG_API size_t fmag_arena_page_size(const struct fmag_arena *arena);
FMAG_API size_t fmag_arena_free_bytes(const struct fmag_arena *arena);

FMAG_END_DECLS

#endif
