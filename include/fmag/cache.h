/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame cache: a HAL's verbs, from every CPU at once, without a lock.
 *
 *	struct fmag_cache *cache;
 *	if (fmag_cache_create(&cache, &hal, NULL) != FMAG_OK)
 *		...
 *	fmag_hpa_t frame = fmag_alloc_frame(cache);
 *	...
 *	fmag_dealloc_frame(cache, frame);
 *	size_t still_out = fmag_cache_destroy(cache);
 *
 * "Lock-free up to the HAL" means: no step of fmag waits for another thread or
 * CPU; how long the HAL's own verbs take is the host's affair (G3). G1 to G10
 * are the guarantees of docs/design.md. A `cache` argument must be one that
 * create or init gave; it is never NULL.
 */
#ifndef FMAG_CACHE_H
#define FMAG_CACHE_H

#include <fmag/detail/layout.h>
#include <fmag/fault.h>
#include <fmag/hal.h>
#include <fmag/types.h>

/*
 * How a caller reaches its CPU's magazines.
 *
 * Rseq: by restartable sequences, which the kernel aborts where another thread
 * comes to the CPU; a hit has no locked instruction. Linux on x86-64 and
 * AArch64, where libc registers them (glibc from 2.35 on, unless told not to);
 * not under ThreadSanitizer, nor under valgrind. An alloc that would fail takes
 * what other CPUs work from by membarrier, which is tried once when the cache is
 * made: where it is refused the default is claim, and a cache that is told to be
 * rseq goes on without those frames (G4). libfmag.so is never unloaded, since a
 * thread may be about to be aborted into it; a module that links the static
 * library, or compiles fmag/inline.h in, must not be either (-z nodelete).
 *
 * Owner: by plain loads and stores, because the host promises that a CPU's
 * magazines are used by that CPU only: between current_cpu and the end of a call
 * the caller stays on its CPU, and what comes to that CPU meanwhile is a handler
 * that returns first. So preemption is off, or mask turns it off for a moment.
 * Freestanding. What it costs: nobody else gets at the frames that a CPU is
 * working from. It gives them up at its next miss, or when it is poked; a CPU
 * that never runs again keeps one magazine (G4).
 *
 * Claim: one atomic exchange takes them, one store puts them back; whoever finds
 * them taken works on the depot. Anywhere.
 */
enum fmag_front_kind {
	/* Hosted: rseq where there is that, otherwise claim. Freestanding:
	 * owner. */
	FMAG_FRONT_DEFAULT = 0,
	FMAG_FRONT_CLAIM,
	FMAG_FRONT_RSEQ,
	FMAG_FRONT_OWNER,
};

enum fmag_watermark {
	FMAG_WATERMARK_LOW,
	FMAG_WATERMARK_HIGH,
};

/* Limits of the configuration: NUMA nodes. */
#define FMAG_MAX_NODES 64u

/* Limits of the configuration: CPUs, frames a magazine (32 KiB of metadata),
 * magazines. */
#define FMAG_MAX_CPUS            4096u
#define FMAG_MAX_MAGAZINE_ROUNDS 4094u
#define FMAG_MAX_MAGAZINES       (1u << 20)

/* Defaults: frames a magazine (4 KiB of metadata), at first and at most;
 * magazines a CPU. */
#define FMAG_DEFAULT_MAGAZINE_ROUNDS_MIN 62u
#define FMAG_DEFAULT_MAGAZINE_ROUNDS     1036u
#define FMAG_DEFAULT_MAGAZINES_PER_CPU   8u

/*
 * How a cache is made. Zero in any member is its default, and NULL for the
 * whole is the default for all. Copied; hooks and hook_ctx must outlive the
 * cache.
 */
struct fmag_config {
	/* sizeof(struct fmag_config), or 0 for the first layout. */
	size_t struct_size;

	/*
	 * CPUs that get magazines of their own, numbered from 0; at most
	 * FMAG_MAX_CPUS. A caller on any other CPU is served by the depot; on
	 * the owner front that is a fault as well.
	 * Default: the CPUs the system is configured for;
	 * fmag_cache_init() has none, its configuration must say.
	 */
	unsigned cpu_count;

	/*
	 * Frames a magazine has room for; at most FMAG_MAX_MAGAZINE_ROUNDS. A
	 * CPU keeps up to twice as many. Default:
	 * FMAG_DEFAULT_MAGAZINE_ROUNDS.
	 */
	unsigned magazine_rounds;

	/*
	 * Frames that a CPU fills a magazine to at first; the more often it goes
	 * to the depot, the more, up to magazine_rounds. Default: the lesser
	 * of magazine_rounds and FMAG_DEFAULT_MAGAZINE_ROUNDS_MIN.
	 */
	unsigned magazine_rounds_min;

	/*
	 * Magazines in all; at most FMAG_MAX_MAGAZINES. Together they bound
	 * what the cache keeps from the HAL. With fewer than two a CPU and the
	 * spares, some CPUs go without. Default:
	 * FMAG_DEFAULT_MAGAZINES_PER_CPU times cpu_count.
	 */
	unsigned magazine_count;

	/*
	 * Magazines among those that are left to a signal or interrupt handler
	 * that gives frames back while it may not call the HAL (G6); fewer
	 * than magazine_count. Default: the lesser of cpu_count and
	 * (magazine_count + 2) / 4; none where the HAL has
	 * FMAG_HAL_REENTRANT, and so no use for them.
	 */
	unsigned spare_magazines;

	/*
	 * Default: rseq, if fmag_cache_create() makes the cache, the system has
	 * it and current_cpu is NULL; otherwise claim, but owner in a library
	 * that is built freestanding.
	 */
	enum fmag_front_kind front;

	/*
	 * The caller's CPU; may be out of date when it returns. Must be legal
	 * wherever the cache is used. NULL for the rseq front, which has the
	 * kernel's answer. Default: hosted, the scheduler's; freestanding, 0
	 * always: until per-CPU registers are set, a hook returns 0 too. Must be
	 * NULL in a core that has the host's answer compiled in
	 * (src/freestanding/README.md).
	 */
	unsigned (*current_cpu)(void *hook_ctx);

	/*
	 * A counter, 0 at first, that a handler which interrupts the caller
	 * sees too, and that no other flow of control sees: how fmag knows in
	 * a handler that a HAL call was interrupted (G6). Not called where the
	 * HAL has FMAG_HAL_REENTRANT. Default: hosted, the thread's; for
	 * fmag_cache_init() the current CPU's, and one for all CPUs out of
	 * range together. A host that may preempt, migrate or sleep inside
	 * its HAL, or that calls from two CPUs out of range at once, must set
	 * it: two flows of control on one counter take each other for
	 * interrupted, and do without the HAL. Set it too where two caches
	 * that fmag_cache_init() made share a HAL: one counter for both.
	 * fmag raises it round its own calls; a host that enters its HAL
	 * otherwise raises it as well, or masks such handlers.
	 */
	uint32_t *(*hal_mark)(void *hook_ctx);

	/*
	 * Told of every fault, in the context of the faulty call, a handler's
	 * too, and also between fmag's calls of the HAL: it must not unwind
	 * (longjmp, throw) nor use this cache. `*fault` lasts for the call.
	 * Default: hosted, prints it and aborts; freestanding, fmag_panic()
	 * with its message.
	 */
	void (*on_fault)(void *hook_ctx, const struct fmag_fault *fault);

	/* Passed to the hooks. Default: NULL. */
	void *hook_ctx;

	/*
	 * The owner front's: keeps the caller on its CPU, and other threads off
	 * it, until unmask is called with what mask returned; they nest. Both
	 * or neither. Default: NULL, the caller sees to it.
	 */
	uintptr_t (*mask)(void *hook_ctx);
	void (*unmask)(void *hook_ctx, uintptr_t state);

	/*
	 * The owner front's: asks CPU `cpu` to call fmag_cpu_poked() soon, by an
	 * interrupt, say. Must not wait for it. Default: NULL, nobody is asked.
	 */
	void (*poke_cpu)(void *hook_ctx, unsigned cpu);

	/*
	 * The rseq front's: never call membarrier, which interrupts the CPUs
	 * that run this process's threads. Other CPUs' loaded magazines are out
	 * of an allocation's reach then, like an isolated CPU's; fmag_cache_stats
	 * says so. Default: false.
	 */
	bool never_interrupt;

	/*
	 * The rseq front's: true for a CPU that must never be interrupted. The
	 * magazine that it works from is its own; it gives it up at its next
	 * miss, once someone has wanted it. Asked once for each CPU, when the
	 * cache is made. Default: hosted, those that Linux lists as isolated or
	 * nohz_full; otherwise none.
	 */
	bool (*cpu_is_isolated)(void *hook_ctx, unsigned cpu);

	/*
	 * Frames in the depot's full magazines, about: on_watermark is called
	 * when they fall below watermark_low, and then not before they have
	 * risen above watermark_high, for which it is called once, too; first
	 * for that. They come and go by whole magazines. Both and on_watermark,
	 * or none of them; low below high. Default: 0, and NULL, nobody is
	 * called.
	 */
	size_t watermark_low;
	size_t watermark_high;

	/*
	 * Called in the context of the alloc or free that passed a watermark;
	 * may use the cache, and is not called again by what it does. Nobody
	 * else calls it meanwhile: it should wake somebody, and return.
	 */
	void (*on_watermark)(void *hook_ctx, enum fmag_watermark watermark);

	/*
	 * NUMA nodes, each of which gets a depot of its own, numbered from 0; at
	 * most FMAG_MAX_NODES. An alloc that misses its CPU's magazines looks at
	 * its node's depot, asks hal->alloc_frames, if there is that, for frames
	 * of the node, looks at the other depots, and asks the HAL for any. On
	 * Linux: the directories /sys/devices/system/node/nodeN, or libnuma's
	 * numa_max_node() + 1; fmag does not look there by itself. Default: 1.
	 */
	unsigned node_count;

	/*
	 * The node of a CPU, asked once for each when the cache is made; a
	 * number of node_count or more: it has none, and works with node 0's
	 * depot and any memory, as does a CPU without magazines. On Linux:
	 * nodeN/cpulist, or numa_node_of_cpu(). Not called where node_count is
	 * 1. Default: NULL, all CPUs have node 0.
	 */
	unsigned (*node_of_cpu)(void *hook_ctx, unsigned cpu);

	/*
	 * The node of a frame; a number of node_count or more: it has none, and
	 * belongs where it was freed. Asked when a magazine leaves its CPU for
	 * the depot, for each frame in it: a magazine of one node's frames goes
	 * home whole, another is sorted, a frame at a time. What is freed on
	 * another node's CPU and allocated there again stays there meanwhile.
	 * So it should be a look into a table: of what the host bound its
	 * memory to, say (mbind(2), move_pages(2)). Must be legal wherever the
	 * cache is used, and must not use it. Not called where node_count is 1.
	 * Default: NULL, no frame has one.
	 */
	unsigned (*node_of_frame)(void *hook_ctx, fmag_hpa_t paddr);

	/*
	 * Every frame is zeroed before anyone else may have it: in the call that
	 * frees it, and when it comes from the HAL, unless that says that it is
	 * zero already (FMAG_FRAMES_ZEROED). So is every run. A frame given back
	 * that cannot be zeroed, since it is not mapped and the HAL has no
	 * fill_frame or may not be called in this handler, is quarantined, and a
	 * fault. An allocation that may not call the HAL leaves retired frames to
	 * others, if it takes fill_frame to zero them (the HAL has one). Every
	 * free is a miss then, and takes the time to write a frame.
	 * Not of the first layout. Default: false.
	 */
	bool zero_on_free;
};

/*
 * What a cache holds and did. Counts of frames are exact when no call runs,
 * and each within a moment of the truth otherwise.
 */
struct fmag_cache_stats {
	/* frames: from the HAL = cached + with callers + retired + quarantined
	 * (G1) */
	uint64_t frames_from_hal;     /* taken and not given back */
	uint64_t frames_cached;       /* in magazines */
	uint64_t frames_with_callers; /* the rest */
	uint64_t frames_retired;      /* until their grace is over: retire.h */
	uint64_t frames_quarantined;  /* kept from everyone */

	/* events since create */
	uint64_t hal_alloc_calls;   /* alloc_frame, alloc_frames and
	                             * alloc_contiguous calls */
	uint64_t hal_dealloc_calls; /* their counterparts */
	uint64_t depot_takes;       /* magazines a CPU took from the depot */
	uint64_t depot_direct;      /* allocs and frees sent to the depot
	                             * because the CPU's magazines were not
	                             * to be had */
	uint64_t reclaims;          /* magazines that other CPUs were working
	                             * from, taken for an alloc that would
	                             * have failed */
	uint64_t interrupts;        /* membarrier calls (rseq front) */
	uint64_t faults;            /* faults reported */

	/* the cache itself */
	uint64_t metadata_bytes; /* its storage */
	/* as configured, or by default */
	enum fmag_front_kind front;
	unsigned cpu_count;
	unsigned magazine_rounds;
	unsigned magazine_rounds_min;
	unsigned magazine_count;
	unsigned spare_magazines;
	unsigned isolated_cpus; /* never interrupted (rseq front) */
	/*
	 * Whether an alloc that would fail can have the magazines that other
	 * CPUs work from: always on the claim front, never on the owner front; on
	 * the rseq front unless membarrier was refused or never_interrupt set.
	 */
	bool reaches_loaded;
};

/* Alignment, in bytes, of the storage for fmag_cache_init(). */
#define FMAG_CACHE_ALIGN 128u

/*
 * Bytes of storage fmag_cache_init() needs: a constant expression. Its parts
 * are the library's, not for use on their own.
 */
#define FMAG_CACHE_STATE_SIZE_ 2048u
#define FMAG_CACHE_MARK_SIZE_  64u
#define FMAG_ROUND_UP_(n, to)  (((n) + (to)-1u) / (to) * (to))
/* An odd number of line pairs: the heads of a table spread over a page. */
#define FMAG_MAGAZINE_SIZE_(rounds)                               \
	((FMAG_ROUND_UP_(sizeof(char[FMAG_MAGAZINE_HEAD_SIZE_]) + \
			  sizeof(fmag_hpa_t) * (rounds),          \
		  FMAG_CACHE_ALIGN) /                             \
			 FMAG_CACHE_ALIGN |                       \
		 1u) *                                            \
		FMAG_CACHE_ALIGN)
/* What a forked child keeps, and what it finds wiped. */
#define FMAG_CACHE_KEPT_SIZE_(cpus) \
	(FMAG_CACHE_SLOTS_ + sizeof(char[FMAG_CACHE_SLOT_SIZE_]) * (cpus))
#define FMAG_CACHE_TABLE_OFFSET_(cpus)                                       \
	(FMAG_CACHE_STATE_SIZE_ +                                            \
		FMAG_ROUND_UP_(                                              \
			sizeof(char[FMAG_CACHE_MARK_SIZE_]) * ((cpus) + 1u), \
			FMAG_CACHE_ALIGN) +                                  \
		FMAG_CACHE_ALIGN / 2)
#define FMAG_CACHE_STORAGE_SIZE(cpus, magazines, rounds)                \
	(FMAG_CACHE_KEPT_SIZE_(cpus) + FMAG_CACHE_TABLE_OFFSET_(cpus) + \
		FMAG_MAGAZINE_SIZE_(rounds) * (magazines))

/* Likewise where node_count is more than 1. */
#define FMAG_CACHE_SHELF_SIZE_ 384u
#define FMAG_CACHE_STORAGE_SIZE_ON_NODES(cpus, magazines, rounds, nodes) \
	(FMAG_CACHE_STORAGE_SIZE(cpus, magazines, rounds) +              \
		sizeof(char[FMAG_CACHE_SHELF_SIZE_]) * ((nodes)-1u))

FMAG_BEGIN_DECLS

#if __STDC_HOSTED__

/*
 * Makes a cache over `*hal`, with the defaults where `config` is NULL, in
 * memory of its own. No frame is taken yet. Hosted only.
 *
 * A child made by fork must not use it: the child finds it empty, and its
 * first slow path is FMAG_FAULT_USED_AFTER_FORK. If a handler that interrupted
 * a call on the cache forks, the child must not return from that handler.
 * Needs Linux 4.14: on an older one a child is not kept from its frames.
 *
 * Context:  thread; calls mmap.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: the HAL lacks one of its four verbs
 *           or one of the contiguous two, frame_size is not a power of two
 *           of 512 or more, or a member of `*config` is out of range;
 *           FMAG_ERR_UNSUPPORTED: this system has not the front that
 *           `*config` asks for; FMAG_ERR_NO_MEMORY: none for metadata.
 *           `*cache` is NULL unless FMAG_OK.
 */
FMAG_API enum fmag_status fmag_cache_create(struct fmag_cache **cache,
	const struct fmag_hal *hal, const struct fmag_config *config);

/*
 * Gives every cached frame back to the HAL and frees the memory of a cache that
 * fmag_cache_create() made. No call on the cache may run beside it, or come
 * after it. Frames still with callers stay theirs, and can no longer be given
 * back through this cache. In a forked child it gives nothing back.
 *
 * Context:  thread; calls the HAL.
 * Progress: blocking (exempt from G3).
 * Returns:  how many frames are still out, quarantined ones too; 0 is what a
 *           correct host sees, and a forked child.
 */
FMAG_API size_t fmag_cache_destroy(struct fmag_cache *cache);

#endif

/*
 * Makes a cache in the caller's `storage` of `size` bytes, aligned to
 * FMAG_CACHE_ALIGN and at least FMAG_CACHE_STORAGE_SIZE() of what `*config`
 * says, or FMAG_CACHE_STORAGE_SIZE_ON_NODES(); NULL: the defaults, for one CPU. Needs no heap and no libc. From now on
 * the cache can be used from CPU 0, and from the others as soon as current_cpu
 * tells them apart; it is the host that publishes the pointer to them. A child
 * made by fork must not use it, and is not told.
 *
 * Context:  any in which nothing else uses `storage`.
 * Progress: bounded by `size`; calls memset and memcpy.
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: as fmag_cache_create(), or cpu_count
 *           is 0, or `storage` is NULL, misaligned or too small;
 *           FMAG_ERR_UNSUPPORTED: the rseq front, which needs fmag_cache_create().
 *           `*cache` is NULL unless FMAG_OK.
 */
FMAG_API enum fmag_status fmag_cache_init(struct fmag_cache **cache,
	void *storage, size_t size, const struct fmag_hal *hal,
	const struct fmag_config *config);

/*
 * Undoes fmag_cache_init(): as fmag_cache_destroy(), but the storage stays the
 * caller's. Once more does nothing.
 *
 * Context:  any the HAL may be called in.
 * Progress: calls the HAL; exempt from G3.
 * Returns:  how many frames are still out.
 */
FMAG_API size_t fmag_cache_fini(struct fmag_cache *cache);

/*
 * Allocates one frame; the caller owns it until fmag_dealloc_frame(). Its
 * contents are whatever its last owner left. On a miss it may take a run of
 * frames from the HAL and keep the others.
 *
 * Context:  thread, signal handler, IRQ; NMI if hal->alloc_frame is NMI-safe.
 * Progress: wait-free on a local hit; lock-free up to the HAL otherwise (G3).
 * Returns:  the frame's host physical address, a multiple of frame_size; or
 *           FMAG_HPA_NONE: there was an instant inside the call at which the
 *           HAL was dry, or may not be called in this handler, and no frame
 *           was cached but what calls had in their hands that had not
 *           returned; and those who registered for it (reclaim.h) gave
 *           nothing (G4). On the claim front such a call may have a CPU's
 *           magazine. On the owner front, and of isolated CPUs, what other
 *           CPUs work from is out of reach; they were asked for it.
 * Faults:   FMAG_FAULT_HAL_BAD_FRAME, FMAG_FAULT_HAL_REPEAT,
 *           FMAG_FAULT_HAL_OVERCOUNT, FMAG_FAULT_USED_AFTER_FORK,
 *           FMAG_FAULT_BAD_CPU.
 */
FMAG_API fmag_hpa_t fmag_alloc_frame(struct fmag_cache *cache);

/*
 * Allocates one frame, but never calls the HAL: for where the HAL must not be
 * entered at all.
 *
 * Context:  any.
 * Progress: wait-free on a local hit; lock-free otherwise.
 * Returns:  as fmag_alloc_frame(); FMAG_HPA_NONE does not mean that the HAL is
 *           dry.
 * Faults:   FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API fmag_hpa_t fmag_alloc_frame_cached(struct fmag_cache *cache);

/*
 * Gives a frame back. It is handed out again at once: nothing may still use
 * it, neither a CPU's TLB nor a device. A frame from fmag_alloc_contiguous()
 * goes back by fmag_dealloc_contiguous(); with FMAG_HAL_SPLITS_RUNS here too.
 *
 * Context:  thread, signal handler, IRQ; NMI if hal->dealloc_frame is NMI-safe.
 * Progress: wait-free on a local hit; lock-free up to the HAL otherwise (G3).
 * Faults:   FMAG_FAULT_NOT_A_FRAME, FMAG_FAULT_DOUBLE_FREE (of the frame on top
 *           of this CPU's loaded magazine), FMAG_FAULT_NO_ROOM,
 *           FMAG_FAULT_USED_AFTER_FORK, FMAG_FAULT_BAD_CPU.
 */
FMAG_API void fmag_dealloc_frame(struct fmag_cache *cache, fmag_hpa_t paddr);

/*
 * Allocates up to `count` frames into `frames`; they need not be contiguous.
 *
 * Context:  as fmag_alloc_frame().
 * Progress: lock-free up to the HAL.
 * Returns:  how many were stored; fewer than `count` says what FMAG_HPA_NONE
 *           says of fmag_alloc_frame(). What is in the rest of `frames` then is
 *           no frame of the caller's. A `count` of 0 does nothing.
 * Faults:   as fmag_alloc_frame().
 */
FMAG_API size_t fmag_alloc_frames(
	struct fmag_cache *cache, fmag_hpa_t *frames, size_t count);

/*
 * Gives `count` frames back, from whatever calls they came.
 *
 * Context:  as fmag_dealloc_frame().
 * Progress: lock-free up to the HAL.
 * Faults:   as fmag_dealloc_frame(), one a bad frame; the others are taken.
 */
FMAG_API void fmag_dealloc_frames(
	struct fmag_cache *cache, const fmag_hpa_t *frames, size_t count);

/*
 * Allocates `count` frames that follow one another, the first at a multiple of
 * `align` bytes (a power of two), from the HAL. Where that has none, all that is
 * cached goes back to it first, and then reclaimers are asked (reclaim.h): a run
 * that there never is costs the cache its frames.
 *
 * Context:  as hal->alloc_contiguous; may interrupt other CPUs.
 * Progress: lock-free up to the HAL.
 * Returns:  the first frame's address; FMAG_HPA_NONE: the HAL has no such run,
 *           with all frames of the cache but those of CPUs that cannot be
 *           reached (fmag_cpu_drain()), has no such verb, or may not be called
 *           in this handler.
 * Faults:   FMAG_FAULT_INVALID_REQUEST, FMAG_FAULT_HAL_BAD_FRAME,
 *           FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API fmag_hpa_t fmag_alloc_contiguous(
	struct fmag_cache *cache, size_t count, size_t align);

/*
 * Gives a whole run from fmag_alloc_contiguous() back to the HAL, with the
 * count it was asked with; another is not noticed.
 *
 * In a handler that interrupted a call of a HAL without FMAG_HAL_REENTRANT, its
 * frames go into magazines, if the HAL has FMAG_HAL_SPLITS_RUNS; otherwise it is
 * quarantined, and a fault.
 *
 * Context:  as hal->dealloc_contiguous.
 * Progress: lock-free up to the HAL.
 * Faults:   FMAG_FAULT_NOT_A_FRAME, FMAG_FAULT_INVALID_REQUEST,
 *           FMAG_FAULT_NO_ROOM (in such a handler, of the run, or of each frame
 *           that found no magazine), FMAG_FAULT_USED_AFTER_FORK.
 */
FMAG_API void fmag_dealloc_contiguous(
	struct fmag_cache *cache, fmag_hpa_t paddr, size_t count);

/*
 * What a CPU does that was poked (fmag_config's poke_cpu): if it was asked to,
 * it gives up the frames that it is working from, to the depot. In a handler
 * that interrupted a call on this cache it does nothing; that CPU's next miss
 * will. So it is on the owner front, and on the rseq front for a CPU that is not
 * interrupted; elsewhere nobody is asked.
 *
 * Context:  any, on that CPU.
 * Progress: lock-free.
 */
FMAG_API void fmag_cpu_poked(struct fmag_cache *cache);

/*
 * Where the host can reach the byte at `paddr`: hal->phys_to_virt.
 *
 * Context:  as hal->phys_to_virt.
 * Progress: the HAL's.
 * Returns:  a pointer; NULL where the frame is not mapped.
 */
FMAG_API void *fmag_phys_to_virt(struct fmag_cache *cache, fmag_hpa_t paddr);

/*
 * The inverse: hal->virt_to_phys.
 *
 * Context:  as hal->virt_to_phys.
 * Progress: the HAL's.
 * Returns:  the physical address of the byte at `vaddr`; FMAG_HPA_NONE where
 *           the HAL knows none.
 */
FMAG_API fmag_hpa_t fmag_virt_to_phys(
	struct fmag_cache *cache, const void *vaddr);

/*
 * The cache as a HAL: code written to struct fmag_hal runs on it unchanged,
 * other caches included. Valid as long as the cache. It is FMAG_HAL_REENTRANT:
 * where the host's HAL is not, a handler that interrupted it gets no contiguous
 * run, and faults when it gives one back that cannot be split, or has an unmapped
 * frame filled.
 * Contiguous verbs and fill_frame are NULL where the host has none.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  a HAL whose frames are the cache's.
 */
FMAG_API struct fmag_hal fmag_cache_as_hal(struct fmag_cache *cache);

/*
 * Bytes of a frame of this cache.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  the HAL's frame_size.
 */
FMAG_API size_t fmag_frame_size(const struct fmag_cache *cache);

/*
 * Counts what the cache holds and did, by reading every magazine.
 *
 * Context:  any; takes time in proportion to magazine_count.
 * Progress: wait-free.
 */
FMAG_API void fmag_cache_get_stats(
	struct fmag_cache *cache, struct fmag_cache_stats *stats);

FMAG_END_DECLS

#endif
