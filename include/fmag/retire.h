/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Retiring: giving back frames that somebody without a lock may still look at,
 * page-table frames, say, which other CPUs walk or have in their TLBs.
 *
 *	fmag_retirer_create(&retirer, cache, &source, NULL);
 *	...
 *	unlink(table);                       (nobody finds it from now on)
 *	fmag_retire_frame(cache, table);     (instead of fmag_dealloc_frame)
 *	...
 *	fmag_retire_poll(cache, SIZE_MAX);   (at times: on a timer, when idle)
 *
 * A retired frame is nobody's until its grace is over: until each of those who
 * could see it is known to have let go (G7). Frames gather in a magazine of the
 * CPU's. When that is full, flushed or left alone for a time it is sealed: one
 * grace period begins for all that it has. When that is over they go back to the
 * cache; an allocation that finds nothing else has one of them (G4).
 *
 * fmag does not know what a grace period is. The host tells it, by a source of
 * tickets: a generation of TLB flushes, a round of interrupts, an epoch; or
 * rcu.h.
 *
 * What waits is counted as retired (G1). fmag_cache_evacuate() does not reach
 * it: a frame of the range goes to the HAL when its grace is over; or an
 * allocation that may not call the HAL has it. fmag_cpu_drain() begins the grace of
 * what that CPU has gathered.
 */
#ifndef FMAG_RETIRE_H
#define FMAG_RETIRE_H

#include <fmag/cache.h>
#include <fmag/phys_frame.h>
#include <fmag/types.h>

/* Default: frames a magazine of retired ones. */
#define FMAG_DEFAULT_RETIRED_ROUNDS 525u

enum fmag_grace {
	FMAG_GRACE_PENDING,
	FMAG_GRACE_OVER,
	FMAG_GRACE_UNKNOWN, /* start() never gave such a ticket */
};

/*
 * Copied; functions and ctx must outlive the retirer. start and done are called
 * from any thread and CPU, in each context that fmag_retire_frame() or an
 * allocation is called in, and must neither wait nor use this cache.
 */
struct fmag_grace_source {
	/* sizeof(struct fmag_grace_source), or 0 for the first layout. */
	size_t struct_size;

	/*
	 * Asks for a grace period that begins after this call did, and after all
	 * that happened before it. Returns its ticket: never less than one that
	 * it returned before, and of two that are equal both are over at the same
	 * time. A full barrier.
	 */
	uint64_t (*start)(void *ctx);

	/*
	 * Whether that grace period is over: each reader that was there when it
	 * began has let go, and all that it did happened before this call
	 * returns. Once FMAG_GRACE_OVER, always.
	 */
	enum fmag_grace (*done)(void *ctx, uint64_t ticket);

	/*
	 * Waits until it is over. For the end of the cache or the retirer only;
	 * NULL: what is not over by then stays out.
	 */
	void (*wait)(void *ctx, uint64_t ticket);

	void *ctx;
};

/* Zero in any member is its default, and NULL for the whole the default for all.
 * Copied. */
struct fmag_retirer_config {
	/* sizeof(struct fmag_retirer_config), or 0 for the first layout. */
	size_t struct_size;

	/*
	 * Magazines in all, at most FMAG_MAX_MAGAZINES: one that each CPU gathers
	 * in, the others for what waits. Default:
	 * FMAG_DEFAULT_MAGAZINES_PER_CPU times the cache's cpu_count.
	 */
	unsigned magazine_count;

	/*
	 * Frames a magazine, and so a grace period, has room for; at most
	 * FMAG_MAX_MAGAZINE_ROUNDS. As many of each CPU may gather before their
	 * grace begins, which an allocation that fails does not bring about: where
	 * there are few frames, fewer, or a flush. Default:
	 * FMAG_DEFAULT_RETIRED_ROUNDS.
	 */
	unsigned magazine_rounds;
};

struct fmag_retirer;

/*
 * Bytes of storage fmag_retirer_init() needs for as many CPUs as the cache has:
 * a constant expression. Its parts are the library's.
 */
#define FMAG_RETIRER_STATE_SIZE_ 512u
#define FMAG_RETIRER_SEAL_SIZE_  64u
#define FMAG_RETIRER_STORAGE_SIZE(cpus, magazines, rounds)                   \
	(FMAG_CACHE_KEPT_SIZE_(cpus) + FMAG_RETIRER_STATE_SIZE_ +            \
		FMAG_ROUND_UP_(                                              \
			sizeof(char[FMAG_RETIRER_SEAL_SIZE_]) * (magazines), \
			FMAG_CACHE_ALIGN) +                                  \
		FMAG_MAGAZINE_SIZE_(rounds) * (magazines))

FMAG_BEGIN_DECLS

#if __STDC_HOSTED__

/*
 * Makes the retirer of `cache`, in memory of its own, while nobody retires
 * frames of it. A child made by fork must not use it. Hosted only.
 *
 * Context:  thread; calls mmap.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `cache` is NULL, `*source` lacks start or
 *           done, a member of `*config` is out of range, or a fault was reported;
 *           FMAG_ERR_BUSY: the cache has a retirer; FMAG_ERR_NO_MEMORY: none for
 *           metadata. `*retirer` is NULL unless FMAG_OK.
 * Faults:   FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API enum fmag_status fmag_retirer_create(struct fmag_retirer **retirer,
	struct fmag_cache *cache, const struct fmag_grace_source *source,
	const struct fmag_retirer_config *config);

/*
 * Ends what fmag_retirer_create() made: as fmag_retirer_fini(), and frees its
 * memory. Before the cache's end or after it; the source must be there still.
 *
 * Context:  thread; calls the HAL.
 * Progress: blocking (exempt from G3).
 * Returns:  as fmag_retirer_fini().
 */
FMAG_API size_t fmag_retirer_destroy(struct fmag_retirer *retirer);

#endif

/*
 * Makes the retirer of `cache` in the caller's `storage` of `size` bytes, aligned
 * to FMAG_CACHE_ALIGN and at least FMAG_RETIRER_STORAGE_SIZE(), while nobody
 * retires frames of it. A child made by fork finds its parent's frames there: it
 * must not use it, and is not told.
 *
 * Context:  any in which nothing else uses `storage`.
 * Progress: bounded by `size`; calls memset and memcpy.
 * Returns:  as fmag_retirer_create(), and FMAG_ERR_INVALID: `storage` is NULL,
 *           misaligned or too small.
 * Faults:   as fmag_retirer_create().
 */
FMAG_API enum fmag_status fmag_retirer_init(struct fmag_retirer **retirer,
	struct fmag_cache *cache, void *storage, size_t size,
	const struct fmag_grace_source *source,
	const struct fmag_retirer_config *config);

/*
 * Settles what waits, and takes the retirer from its cache: nobody retires frames
 * beside it, or afterwards; allocations and frees must not run either. The end of
 * the cache does the same, and then this does nothing: what is still out is in
 * its count.
 *
 * Context:  any the HAL may be called in; calls the source's wait.
 * Progress: waits for grace periods where the source can; exempt from G3.
 * Returns:  how many frames stay out, whose grace is not over.
 */
FMAG_API size_t fmag_retirer_fini(struct fmag_retirer *retirer);

/*
 * Gives back one frame, which nobody finds any more but may look at still. The
 * caller has unlinked it, and must not use it from now on but as a reader does.
 * What it never wrote again may be read by readers until their grace is over.
 *
 * A call that is stopped for ever in the middle of it keeps its own frame, or the
 * magazine of its CPU (claim front), or as many as go back at a time; on the
 * owner front a CPU that never runs again keeps what it has gathered.
 *
 * Context:  thread, signal handler, IRQ, NMI; those of the source's start and
 *           done. Gives frames whose grace is over back, as
 *           fmag_dealloc_frames().
 * Progress: wait-free on a local hit; lock-free up to the HAL otherwise (G3).
 * Returns:  FMAG_OK; or the frame is the caller's still, and
 *           FMAG_ERR_UNSUPPORTED: the cache has no retirer;
 *           FMAG_ERR_NO_MEMORY: every magazine waits for its grace, or gathers
 *           for another CPU; FMAG_ERR_INVALID: a fault was reported.
 * Faults:   FMAG_FAULT_NOT_A_FRAME; FMAG_FAULT_DOUBLE_FREE: it was retired on
 *           this CPU just before (retired earlier, or freed while it waits: not
 *           seen); FMAG_FAULT_USED_AFTER_FORK; FMAG_FAULT_BAD_TICKET.
 */
FMAG_API enum fmag_status fmag_retire_frame(
	struct fmag_cache *cache, fmag_hpa_t paddr);

/*
 * The same for a handle, which is uninit afterwards. Retiring an uninit handle
 * does nothing.
 *
 * Context:  as fmag_retire_frame().
 * Progress: as fmag_retire_frame().
 * Returns:  as fmag_retire_frame(); unless FMAG_OK the handle owns its frame
 *           still.
 * Faults:   as fmag_retire_frame().
 */
FMAG_API enum fmag_status fmag_phys_frame_retire(struct fmag_phys_frame *frame);

/*
 * Seals what CPUs have gathered: its grace begins now. A CPU that is not to be
 * interrupted (owner front; rseq front: isolated, or no membarrier) is asked for
 * it, and gives it up when its magazine is full or it is poked (fmag_cpu_poked());
 * on the owner front, also by a call of this on that CPU.
 *
 * Context:  any; may interrupt other CPUs.
 * Progress: lock-free.
 * Returns:  of how many frames it is the one that began the grace.
 */
FMAG_API size_t fmag_retire_flush(struct fmag_cache *cache);

/*
 * Gives back to the cache up to `budget` frames whose grace is over, and seals
 * what a CPU has gathered since before the last call of this function: called at
 * intervals, by one caller, it bounds how long a frame waits. By several callers
 * the interval is from one's call to another's, and CPUs at work are interrupted
 * the more often. Magazines that a CPU keeps for itself: as fmag_retire_flush().
 *
 * Context:  as fmag_dealloc_frames(); may interrupt other CPUs.
 * Progress: lock-free up to the HAL.
 * Returns:  how many frames went back.
 * Faults:   FMAG_FAULT_BAD_TICKET.
 */
FMAG_API size_t fmag_retire_poll(struct fmag_cache *cache, size_t budget);

FMAG_END_DECLS

#endif
