/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HAL: the host's own frame allocator, as fmag sees it.
 *
 * Four verbs are needed, the rest may be NULL. fmag calls them from whatever
 * context its own caller runs in, from several CPUs at once, and holds no lock,
 * no slot, and no frame that others could take while it does: a HAL may lock,
 * and may sleep where hal_mark allows it (cache.h). Every call may fail at any
 * time.
 */
#ifndef FMAG_HAL_H
#define FMAG_HAL_H

#include <fmag/types.h>

/* struct fmag_hal.flags: what the host promises. */

/*
 * Every verb may be called from a signal, IRQ or NMI handler that interrupted
 * a call of the same HAL. Without it, a handler that interrupted a HAL call is
 * served from the caches alone (G6). A HAL that allocates from another cache
 * needs it too: the two would take each other's calls for interrupted ones.
 */
#define FMAG_HAL_REENTRANT (1u << 0)

/* A run from alloc_contiguous may come back frame by frame, by dealloc_frame or
 * dealloc_frames. */
#define FMAG_HAL_SPLITS_RUNS (1u << 1)

/* alloc_frames, *flags on return: every frame of this call is zeroed. It spares
 * fmag the time (clean.h, and fmag_config's zero_on_free); what is not true of them
 * is passed on. */
#define FMAG_FRAMES_ZEROED (1u << 0)

/* alloc_frames, node: the caller has no preference. */
#define FMAG_NODE_ANY (-1)

/*
 * Every callback gets hal->ctx. `struct_size` is sizeof(struct fmag_hal_ops)
 * as the host was compiled, so that verbs may be added; verbs beyond it count
 * as NULL.
 */
struct fmag_hal_ops {
	size_t struct_size;

	/*
	 * One frame, frame_size aligned; FMAG_HPA_NONE: no memory, at an
	 * instant inside the call. That must be so on a weakly ordered machine
	 * too: what it read to say so, it read under a lock, or by acquire loads.
	 */
	fmag_hpa_t (*alloc_frame)(void *ctx);

	/*
	 * Takes back a frame that alloc_frame or alloc_frames gave; also an
	 * address that they gave and that is no frame's, as it was.
	 */
	void (*dealloc_frame)(void *ctx, fmag_hpa_t paddr);

	/*
	 * Where the host can reach the frame's memory; NULL where it cannot
	 * (guest_memfd, no direct map). This and the next are called from any
	 * context the cache is used in, inside an interrupted call of this HAL
	 * too: they must not lock.
	 */
	void *(*phys_to_virt)(void *ctx, fmag_hpa_t paddr);

	/* The inverse; FMAG_HPA_NONE for memory that is none of this HAL's. */
	fmag_hpa_t (*virt_to_phys)(void *ctx, const void *vaddr);

	/* Optional from here on: NULL where the host has none. */

	/*
	 * Up to `count` frames at once, 64 at most, how many were stored. Fewer
	 * than `count` is no error. Of `node` if that is not FMAG_NODE_ANY: then
	 * the caller has other places to look at before it asks for any
	 * (fmag_config's node_count).
	 * *flags is 0 on entry; see FMAG_FRAMES_ZEROED.
	 */
	size_t (*alloc_frames)(void *ctx, fmag_hpa_t *frames, size_t count,
		int node, unsigned *flags);

	/* Takes back `count` frames, whichever of the two gave them. */
	void (*dealloc_frames)(
		void *ctx, const fmag_hpa_t *frames, size_t count);

	/*
	 * `count` frames that follow one another, frame_size aligned at
	 * least; `align`, in bytes, is a power of two and holds for the
	 * physical address. FMAG_HPA_NONE: there is no such run. fmag asks
	 * for no count of 0. Comes with dealloc_contiguous, or not at all.
	 */
	fmag_hpa_t (*alloc_contiguous)(void *ctx, size_t count, size_t align);

	/* Takes back a whole run. */
	void (*dealloc_contiguous)(void *ctx, fmag_hpa_t paddr, size_t count);

	/* Fills all frame_size bytes of a frame that phys_to_virt cannot
	 * reach. */
	void (*fill_frame)(void *ctx, fmag_hpa_t paddr, uint8_t byte);
};

/*
 * A HAL: its verbs, the argument they get, the size of its frames. Copied
 * wherever fmag takes one; `ops` and `ctx` must outlive their use.
 */
struct fmag_hal {
	const struct fmag_hal_ops *ops;
	void *ctx;
	size_t frame_size; /* bytes; a power of two, 512 or more */
	unsigned flags;    /* FMAG_HAL_ */
};

#endif
