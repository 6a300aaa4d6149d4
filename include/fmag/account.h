/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accounts: how many frames a VM may have, and has. One VM cannot eat the pool:
 *
 *	fmag_account_create(&vm->account, cache, limit);
 *	fmag_hpa_t frame = fmag_account_alloc_frame(vm->account);
 *	...
 *	fmag_account_dealloc_frame(vm->account, frame);
 *	size_t owed = fmag_account_destroy(vm->account);
 *
 * The limit is hard: at no instant has the VM more frames. It is charged in
 * batches, so that a hit touches a line that is its CPU's own; what a CPU has left
 * of a batch is no loss: an alloc is refused only where it finds none on any CPU.
 * An account counts frames, not which: the VM's own frames are the host's to know.
 *
 * The verbs may be called from every CPU at once, and wait for nobody (G3). A call
 * that is stopped for ever keeps its count from the VM: one frame, what a bulk call
 * or a charge is for, or a batch, of FMAG_ACCOUNT_BATCH at most.
 */
#ifndef FMAG_ACCOUNT_H
#define FMAG_ACCOUNT_H

#include <fmag/cache.h>
#include <fmag/types.h>

struct fmag_account;

/* Frames that a limit may be. */
#define FMAG_ACCOUNT_MAX_LIMIT ((UINT64_C(1) << 35) - 1)

/* Frames that a CPU is charged with at a time; it keeps up to twice as many. */
#define FMAG_ACCOUNT_BATCH 32u

/*
 * Alignment, in bytes, of the storage for fmag_account_init(), and its size for
 * a cache of `cpus` CPUs: a constant expression.
 */
#define FMAG_ACCOUNT_ALIGN FMAG_CACHE_ALIGN
#define FMAG_ACCOUNT_STORAGE_SIZE(cpus) \
	(sizeof(char[FMAG_ACCOUNT_ALIGN]) * ((cpus) + 2u))

FMAG_BEGIN_DECLS

#if __STDC_HOSTED__

/*
 * Makes an account of `limit` frames of `cache`'s, in memory of its own. It ends
 * before the cache. Hosted only.
 *
 * Context:  thread; calls malloc.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `cache` is NULL, or `limit` more than
 *           FMAG_ACCOUNT_MAX_LIMIT; FMAG_ERR_NO_MEMORY: none for metadata.
 *           `*account` is NULL unless FMAG_OK.
 */
FMAG_API enum fmag_status fmag_account_create(struct fmag_account **account,
	struct fmag_cache *cache, uint64_t limit);

/*
 * As fmag_account_fini(), and frees the memory. NULL does nothing.
 *
 * Context:  thread; calls free.
 * Progress: blocking (exempt from G3).
 * Returns:  as fmag_account_fini().
 * Faults:   as fmag_account_fini().
 */
FMAG_API uint64_t fmag_account_destroy(struct fmag_account *account);

#endif

/*
 * Likewise in the caller's `storage` of `size` bytes, aligned to
 * FMAG_ACCOUNT_ALIGN and at least FMAG_ACCOUNT_STORAGE_SIZE() of the cache's
 * cpu_count. Needs no heap and no libc.
 *
 * Context:  any in which nothing else uses `storage`.
 * Progress: bounded by `size`.
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: as fmag_account_create(), or `storage` is
 *           NULL, misaligned or too small. `*account` is NULL unless FMAG_OK.
 */
FMAG_API enum fmag_status fmag_account_init(struct fmag_account **account,
	void *storage, size_t size, struct fmag_cache *cache, uint64_t limit);

/*
 * The account's end; no call on it may run beside it, or come after it. What the
 * VM still has stays out, and is given back by fmag_dealloc_frame().
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  how many frames are still charged: what the VM owes.
 * Faults:   FMAG_FAULT_NOT_CHARGED: more were given back than it was charged
 *           with, which had not shown before.
 */
FMAG_API uint64_t fmag_account_fini(struct fmag_account *account);

/*
 * As fmag_alloc_frame(), for the VM.
 *
 * Context:  as fmag_alloc_frame().
 * Progress: as fmag_alloc_frame(); lock-free where the CPU has to be charged.
 * Returns:  as fmag_alloc_frame(); FMAG_HPA_NONE too where the VM has its limit:
 *           at an instant inside the call every frame of it was charged, or in
 *           the hands of calls on the account that had not returned.
 * Faults:   as fmag_alloc_frame().
 */
FMAG_API fmag_hpa_t fmag_account_alloc_frame(struct fmag_account *account);

/*
 * As fmag_dealloc_frame(), for a frame that the account was charged with, by
 * whichever verb, on whichever CPU.
 *
 * Context:  as fmag_dealloc_frame().
 * Progress: as fmag_dealloc_frame(); lock-free where credit leaves the CPU.
 * Faults:   as fmag_dealloc_frame(); a frame that is not taken stays charged, but
 *           for one that was given back twice. FMAG_FAULT_NOT_CHARGED: more
 *           were given back than it was charged with. It is seen in time or, where
 *           other CPUs have credit left, later, at the latest by
 *           fmag_account_fini(); the frame is the cache's all the same.
 */
FMAG_API void fmag_account_dealloc_frame(
	struct fmag_account *account, fmag_hpa_t paddr);

/*
 * As fmag_alloc_frames(), for the VM: as many as there are, and as its limit
 * allows.
 *
 * Context:  as fmag_alloc_frames().
 * Progress: as fmag_account_alloc_frame().
 * Returns:  how many frames were written to `frames`.
 * Faults:   as fmag_alloc_frames().
 */
FMAG_API size_t fmag_account_alloc_frames(
	struct fmag_account *account, fmag_hpa_t *frames, size_t count);

/*
 * As fmag_dealloc_frames(), for frames that the account was charged with.
 *
 * Context:  as fmag_dealloc_frames().
 * Progress: as fmag_account_dealloc_frame().
 * Faults:   as fmag_account_dealloc_frame().
 */
FMAG_API void fmag_account_dealloc_frames(
	struct fmag_account *account, const fmag_hpa_t *frames, size_t count);

/*
 * Charges the VM with `count` frames that come to it by another verb, before they
 * do: a contiguous run, a reserve's. All or nothing.
 *
 * Context:  any.
 * Progress: lock-free.
 * Returns:  FMAG_OK; FMAG_ERR_NO_MEMORY: at an instant inside the call fewer were
 *           left of the limit than `count`, those aside that were in the hands
 *           of other calls on the account.
 */
FMAG_API enum fmag_status fmag_account_charge(
	struct fmag_account *account, uint64_t count);

/*
 * Ends the charge of `count` frames, after they have left the VM by another verb:
 * were retired, say.
 *
 * Context:  any.
 * Progress: lock-free.
 * Faults:   FMAG_FAULT_NOT_CHARGED: as fmag_account_dealloc_frame().
 */
FMAG_API void fmag_account_uncharge(
	struct fmag_account *account, uint64_t count);

/*
 * Changes the limit.
 *
 * Context:  any.
 * Progress: lock-free. Stopped for ever, it keeps from the VM by how much the two
 *           limits differ.
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `limit` is less than what was charged, or
 *           in the hands of calls, at an instant inside the call, or more than
 *           FMAG_ACCOUNT_MAX_LIMIT. Then it is as it was.
 */
FMAG_API enum fmag_status fmag_account_set_limit(
	struct fmag_account *account, uint64_t limit);

/*
 * How many frames the VM is charged with: exact while no call runs on the account,
 * within a moment of the truth otherwise.
 *
 * Context:  any.
 * Progress: wait-free; looks at every CPU's word.
 * Returns:  the frames, never more than the limit.
 */
FMAG_API uint64_t fmag_account_used(const struct fmag_account *account);

FMAG_END_DECLS

#endif
