/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clean frames: frames that are zero when they are handed out.
 *
 * Zeroing a frame takes some twenty times as long as allocating it, and in a
 * guest's page fault somebody waits. So a host whose CPUs are idle now and then
 * has free frames zeroed ahead:
 *
 *	fmag_clean_create(cache, NULL);
 *	...
 *	fmag_cache_scrub(cache, 16);            (in the idle loop)
 *	...
 *	frame = fmag_alloc_frame_zeroed(cache); (in the fault: a hit)
 *
 * Where no clean frame is ready, or there is no place for them, one is zeroed in
 * the call. A clean frame is a free one like any other: an allocation that would
 * fail has it, on whatever CPU (G4), and a drain or a trim brings it to the HAL.
 */
#ifndef FMAG_CLEAN_H
#define FMAG_CLEAN_H

#include <fmag/cache.h>
#include <fmag/types.h>

/* Defaults: frames a magazine of clean frames, at most; such magazines a CPU. */
#define FMAG_DEFAULT_CLEAN_ROUNDS            525u
#define FMAG_DEFAULT_CLEAN_MAGAZINES_PER_CPU 4u

/* Zero in any member is its default, and NULL for the whole the default for all.
 * Copied. */
struct fmag_clean_config {
	/* sizeof(struct fmag_clean_config), or 0 for the first layout. */
	size_t struct_size;

	/* Frames that a magazine has room for; at most
	 * FMAG_MAX_MAGAZINE_ROUNDS. A CPU that allocates zeroed frames takes that
	 * many at once. Default: FMAG_DEFAULT_CLEAN_ROUNDS; or fewer, where
	 * frames_max is less than as many for each CPU. */
	unsigned magazine_rounds;

	/* Magazines in all; at most FMAG_MAX_MAGAZINES. Together they bound how
	 * many frames are clean. Default: FMAG_DEFAULT_CLEAN_MAGAZINES_PER_CPU
	 * times cpu_count. */
	unsigned magazine_count;

	/* Frames that a scrub makes clean, about, with those that are: it ends
	 * there. Default: as many as the magazines have room for. */
	size_t frames_max;

	/* Frames that a scrub leaves in the cache as they are, about, besides
	 * what CPUs work from. Default: 0. */
	size_t dirty_min;
};

/* Alignment of the storage for fmag_clean_init() is FMAG_CACHE_ALIGN; this is its
 * size in bytes, a constant expression, of the cache's cpu_count and node_count. */
#define FMAG_CLEAN_HEAD_SIZE_ 128u
#define FMAG_CLEAN_STORAGE_SIZE(cpus, magazines, rounds, nodes) \
	(sizeof(char[FMAG_CLEAN_HEAD_SIZE_]) +                  \
		FMAG_CACHE_STORAGE_SIZE_ON_NODES(               \
			cpus, magazines, rounds, nodes))

FMAG_BEGIN_DECLS

#if __STDC_HOSTED__

/*
 * Gives `cache` a place for clean frames, in memory of its own, that it has until
 * its end. None is there yet. Others may be at work on the cache, but not in
 * fmag_cache_evacuate() or fmag_cache_readmit(). A child made by fork finds it
 * empty. Hosted only.
 *
 * Context:  thread; calls mmap.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `cache` is NULL, or a member of `*config`
 *           is out of range; FMAG_ERR_BUSY: it has one already;
 *           FMAG_ERR_UNSUPPORTED: it has zero_on_free, and every frame in it is
 *           clean; FMAG_ERR_NO_MEMORY: none for metadata.
 */
FMAG_API enum fmag_status fmag_clean_create(
	struct fmag_cache *cache, const struct fmag_clean_config *config);

/*
 * Undoes fmag_clean_create() before the cache's end: clean frames go to the
 * cache. No call on the cache may run beside it. Where there is none it does
 * nothing.
 *
 * Context:  thread; may call the HAL.
 * Progress: blocking (exempt from G3).
 */
FMAG_API void fmag_clean_destroy(struct fmag_cache *cache);

#endif

/*
 * As fmag_clean_create(), in the caller's `storage` of `size` bytes, which is the
 * cache's until its end, or fmag_clean_fini(). A child made by fork finds its
 * parent's frames there: it must not use it, and is not told, though the cache
 * itself be fmag_cache_create()'s.
 *
 * Context:  any in which nothing else uses `storage`.
 * Progress: bounded by `size`; calls memset and memcpy.
 * Returns:  as fmag_clean_create(); FMAG_ERR_INVALID also where `storage` is NULL,
 *           misaligned or too small.
 */
FMAG_API enum fmag_status fmag_clean_init(struct fmag_cache *cache,
	void *storage, size_t size, const struct fmag_clean_config *config);

/*
 * Undoes fmag_clean_init(): as fmag_clean_destroy().
 *
 * Context:  any the HAL may be called in.
 * Progress: may call the HAL; exempt from G3.
 */
FMAG_API void fmag_clean_fini(struct fmag_cache *cache);

/*
 * Zeroes up to `budget` free frames of the cache, which are clean then: those of
 * the depot, then of this CPU's previous magazine. What CPUs work from is left
 * alone, and the HAL is asked for none. A frame that the host cannot reach is
 * zeroed by fill_frame. Made for an idle loop: a budget of 16 is a few
 * microseconds, and all CPUs may do it at once. The CPU's caches are left alone
 * where it has stores that go past them.
 *
 * Context:  as phys_to_virt and fill_frame.
 * Progress: lock-free, and the time to write the frames.
 * Returns:  how many became clean. Fewer than `budget`: there are as many clean
 *           ones as there are to be, or no more dirty ones to be had, or they
 *           cannot be zeroed here; 0 also where there is no place for them.
 * Faults:   FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API size_t fmag_cache_scrub(struct fmag_cache *cache, size_t budget);

/*
 * Counts the clean frames, by reading every magazine of theirs.
 *
 * Context:  any; takes time in proportion to magazine_count.
 * Progress: wait-free.
 * Returns:  how many there are; exact when no call runs.
 */
FMAG_API size_t fmag_cache_clean_frames(const struct fmag_cache *cache);

/*
 * As fmag_alloc_frame(), and all frame_size bytes are 0: a clean frame of this
 * CPU's or the depot's; or one that is zeroed in the call. It goes back by
 * fmag_dealloc_frame().
 *
 * Context:  as fmag_alloc_frame(), phys_to_virt and fill_frame.
 * Progress: wait-free on a local hit; otherwise as fmag_alloc_frame(), and the
 *           time to write a frame.
 * Returns:  as fmag_alloc_frame(). FMAG_HPA_NONE also where the frame is not
 *           mapped and the HAL has no fill_frame, or may not be called in this
 *           handler; then the frame went back. fmag_phys_frame_alloc_zero() says
 *           which of these it was.
 * Faults:   as fmag_alloc_frame().
 */
FMAG_API fmag_hpa_t fmag_alloc_frame_zeroed(struct fmag_cache *cache);

FMAG_END_DECLS

#endif
