/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames on their way out of a cache other than by an allocation: given back to
 * the HAL, moved off a CPU, refused, or kept from everyone.
 *
 *   drain      empties CPUs' magazines: one CPU's into the depot, where all
 *              others find them, or the whole cache into the HAL
 *   trim       gives back to the HAL what the depot has too much of
 *   reclaim    what an allocation does that would fail: it takes other CPUs'
 *              frames, and asks those who registered here
 *   evacuate   gets every cached frame of a physical range back to the HAL, and
 *              keeps the range out from then on
 *
 * All of these are slow paths: call them from where time may be spent, such as
 * a host's memory-pressure or hotplug code. Each may be called while every verb
 * of the cache is in use on every CPU, and by several callers at once. They
 * move at most `budget` frames a call, so that the caller decides how long one
 * takes; SIZE_MAX is no limit. "Calls the HAL" means its dealloc verbs: a
 * handler that interrupted the HAL (hal_mark, cache.h) gets nothing done.
 */
#ifndef FMAG_RECLAIM_H
#define FMAG_RECLAIM_H

#include <fmag/types.h>

struct fmag_cache;

FMAG_BEGIN_DECLS

/*
 * Gives cached frames back to the HAL, wherever they are: the depot's first,
 * then those of each CPU. CPUs that are at work fill up again; call it when
 * they have stopped, or to take what can be had.
 *
 * Context:  as hal->dealloc_frame; may interrupt other CPUs.
 * Progress: lock-free up to the HAL.
 * Returns:  how many frames went back. Fewer than `budget`: no more was found,
 *           but for the frames of CPUs that cannot be reached
 *           (fmag_cpu_drain() names them).
 * Faults:   FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API size_t fmag_cache_drain(struct fmag_cache *cache, size_t budget);

/*
 * Empties one CPU's magazines into the depot, for any CPU to take from: what a
 * host does when it takes a CPU offline, which may come back at any time. What it
 * has retired (retire.h) begins to wait. No frame is touched, and none goes to the
 * HAL.
 *
 * Context:  any, on any CPU; may interrupt `cpu`.
 * Progress: lock-free.
 * Returns:  FMAG_OK: each of its magazines was taken away, and what they had is
 *           in the depot; a CPU that was at work meanwhile may have others.
 *           FMAG_ERR_BUSY: a call that has not returned has the magazine that
 *           the CPU works from (claim front), or the CPU was asked for it and
 *           gives it up at its next miss or poke (owner front, and isolated
 *           CPUs on the rseq front); what else it had is in the depot.
 *           FMAG_ERR_UNSUPPORTED: likewise, but membarrier is refused here, or
 *           not wanted (never_interrupt).
 *           FMAG_ERR_INVALID: `cpu` is cpu_count or more.
 * Faults:   FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API enum fmag_status fmag_cpu_drain(
	struct fmag_cache *cache, unsigned cpu);

/*
 * Gives frames of the depot's full magazines back to the HAL, until no more than
 * about `keep` are left there: clean ones (clean.h) count, and go last, since it
 * took time to zero them. What CPUs work from is left alone, and so is what was
 * retired (retire.h).
 *
 * Context:  as hal->dealloc_frame.
 * Progress: lock-free up to the HAL.
 * Returns:  how many frames went back.
 */
FMAG_API size_t fmag_cache_trim(
	struct fmag_cache *cache, size_t keep, size_t budget);

/*
 * Gives back what was not used since the last call of this function: as many
 * of the depot's magazines as lay there all the time (the working set of
 * Bonwick and Adams 2001), and the frames of CPUs that have done nothing since.
 * Then, likewise, clean frames (clean.h) that nobody wanted zeroed: who is to have
 * some at hand scrubs again. Called at regular intervals it returns a burst's
 * memory after two of them. A CPU that cannot be reached from here is asked, or
 * keeps the magazine that it works from (fmag_cpu_drain()).
 *
 * Context:  as hal->dealloc_frame; may interrupt CPUs that did nothing.
 * Progress: lock-free up to the HAL.
 * Returns:  how many frames went back.
 */
FMAG_API size_t fmag_cache_trim_unused(struct fmag_cache *cache, size_t budget);

/*
 * Someone who has frames of this cache that can be done without: a layer above
 * it, or the host's own shrinker. The struct is the caller's, and must outlive
 * its registration.
 */
struct fmag_reclaimer {
	/*
	 * Asked once by an allocation that would otherwise return
	 * FMAG_HPA_NONE: give back `wanted` frames, or more, to `cache` or to
	 * the HAL, and return how many; 0: none, and the next one is asked. May
	 * call any verb of any cache but fmag_cache_destroy(). It is called by
	 * one caller at a time: others, a handler that interrupts it, and an
	 * allocation made in here go on without, and ask the rest. Runs in the
	 * context of the allocation, but not where that must not call the HAL.
	 */
	size_t (*reclaim)(void *ctx, struct fmag_cache *cache, size_t wanted);
	void *ctx;
	/*
	 * Called by many at a time instead, since those that go on without may
	 * fail where there was memory. It must not allocate from `cache` then:
	 * it would be asked again, and again.
	 */
	bool many_at_once;
};

/* Reclaimers that a cache has room for. */
#define FMAG_MAX_RECLAIMERS 8u

/*
 * Registers `reclaimer`, to be asked after those that are registered already.
 * A call that is stopped for ever keeps a place.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: it has no function;
 *           FMAG_ERR_NO_MEMORY: there are FMAG_MAX_RECLAIMERS.
 */
FMAG_API enum fmag_status fmag_register_reclaim(
	struct fmag_cache *cache, const struct fmag_reclaimer *reclaimer);

/*
 * The inverse.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  FMAG_OK: it is not called from now on, and not being called.
 *           FMAG_ERR_BUSY: it is being called, and stays registered; try again.
 *           FMAG_ERR_INVALID: it is not registered.
 */
FMAG_API enum fmag_status fmag_unregister_reclaim(
	struct fmag_cache *cache, const struct fmag_reclaimer *reclaimer);

/*
 * A reclaimer's function, for two caches on one pool of memory, of different
 * frame sizes, say: `other`, a struct fmag_cache, gives frames back to its HAL,
 * the depot's first and CPUs' last: as many as make up `wanted` of `cache`'s, or
 * all if its own are smaller, since those must lie side by side to be of use.
 * Register it with each for the other, for many at once.
 *
 * Context:  as fmag_cache_drain(other).
 * Progress: likewise.
 * Returns:  how many frames of `other` went back.
 */
FMAG_API size_t fmag_reclaim_from_cache(
	void *other, struct fmag_cache *cache, size_t wanted);

/*
 * Gets every cached frame that lies in the `size` bytes from `start` on, or
 * partly, back to the HAL, and keeps them out: one that is freed goes to the HAL
 * at once. For taking memory offline, and for balloons. The host keeps its HAL
 * from giving them out first: one that it gives nevertheless goes back to it, and
 * counts as none, so that an allocation may fail. One that is freed by a handler
 * that may not call the HAL is quarantined (FMAG_FAULT_NO_ROOM). Call it until it
 * returns FMAG_OK; `budget` is of frames moved or looked at. While any
 * range is kept out, a free takes the slow path; an allocation does not. A cache
 * keeps out FMAG_MAX_EVACUATED ranges at most.
 *
 * Context:  as hal->dealloc_frame; may interrupt other CPUs.
 * Progress: lock-free up to the HAL.
 * Returns:  FMAG_OK: none of the range is cached any more, nor will be; those
 *           that callers have are theirs until they give them back, and another
 *           call's may be on their way to the HAL.
 *           FMAG_ERR_BUSY: `budget` was used up, or a CPU's magazine was not to
 *           be had just now (fmag_cpu_drain()).
 *           FMAG_ERR_UNSUPPORTED: likewise, but membarrier is refused here, or
 *           not wanted (never_interrupt).
 *           FMAG_ERR_INVALID: `size` is 0, or the range passes 2^64.
 *           FMAG_ERR_NO_MEMORY: there are FMAG_MAX_EVACUATED ranges.
 */
#define FMAG_MAX_EVACUATED 8u

FMAG_API enum fmag_status fmag_cache_evacuate(struct fmag_cache *cache,
	fmag_hpa_t start, uint64_t size, size_t budget);

/*
 * Ends what fmag_cache_evacuate() began with the same range.
 *
 * Context:  any.
 * Progress: lock-free.
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: there is no such range.
 */
FMAG_API enum fmag_status fmag_cache_readmit(
	struct fmag_cache *cache, fmag_hpa_t start, uint64_t size);

/*
 * Instead of fmag_dealloc_frame(), for a frame whose memory is bad: nobody gets
 * it any more, nor does the HAL. It counts as quarantined (G1).
 *
 * Context:  any.
 * Progress: wait-free.
 * Faults:   FMAG_FAULT_NOT_A_FRAME, FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API void fmag_quarantine_frame(struct fmag_cache *cache, fmag_hpa_t paddr);

FMAG_END_DECLS

#endif
