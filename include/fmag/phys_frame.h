/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * phys_frame: a handle that owns one frame and gives it back when dropped.
 *
 *	FMAG_SCOPED struct fmag_phys_frame frame = FMAG_PHYS_FRAME_UNINIT;
 *	if (fmag_phys_frame_alloc_zero(cache, &frame) != FMAG_OK)
 *		return -ENOMEM;
 *	map(gpa, fmag_phys_frame_start_paddr(&frame));
 *	return 0;                       (the frame goes back to the cache)
 *
 * A handle is a plain value with one owner. Assigning it copies the name of
 * the frame, not the right to it: hand it on with fmag_phys_frame_move(). All
 * zeroes is the uninit handle, which owns nothing. One handle is not for two
 * threads at once.
 */
#ifndef FMAG_PHYS_FRAME_H
#define FMAG_PHYS_FRAME_H

#include <fmag/cache.h>
#include <fmag/types.h>

struct fmag_phys_frame {
	struct fmag_cache *cache; /* NULL: uninit */
	fmag_hpa_t start_paddr;   /* of the frame's first byte */
};

/* A placeholder that owns nothing; for statics too. */
#define FMAG_PHYS_FRAME_UNINIT      \
	{                           \
		NULL, FMAG_HPA_NONE \
	}

/*
 * Drops the handle where its scope ends. Initialise it in the declaration: to
 * uninit, or from a function that returns a handle.
 */
#define FMAG_SCOPED __attribute__((cleanup(fmag_phys_frame_drop)))

FMAG_BEGIN_DECLS

/*
 * Allocates a frame for `*frame`, which is output only: never read, always
 * written. A frame it owned before is not given back; drop it first.
 *
 * Context:  as fmag_alloc_frame().
 * Progress: as fmag_alloc_frame().
 * Returns:  FMAG_OK; FMAG_ERR_NO_MEMORY: as FMAG_HPA_NONE there;
 *           FMAG_ERR_INVALID: `cache` is NULL. `*frame` is uninit unless
 *           FMAG_OK.
 * Faults:   as fmag_alloc_frame().
 */
FMAG_API enum fmag_status fmag_phys_frame_alloc(
	struct fmag_cache *cache, struct fmag_phys_frame *frame);

/*
 * As fmag_phys_frame_alloc(), and all frame_size bytes are 0.
 *
 * Context:  as fmag_alloc_frame(), phys_to_virt and fill_frame.
 * Progress: as fmag_alloc_frame(), and the time to write a frame.
 * Returns:  as fmag_phys_frame_alloc(); and where the frame is not mapped,
 *           FMAG_ERR_UNSUPPORTED: the HAL has no fill_frame; FMAG_ERR_BUSY: it
 *           may not be called in this handler. Then the frame went back.
 * Faults:   as fmag_alloc_frame().
 */
FMAG_API enum fmag_status fmag_phys_frame_alloc_zero(
	struct fmag_cache *cache, struct fmag_phys_frame *frame);

/*
 * Makes a handle that owns nothing.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  the value of FMAG_PHYS_FRAME_UNINIT.
 */
FMAG_API struct fmag_phys_frame fmag_phys_frame_uninit(void);

/*
 * The frame's address. On an uninit handle it panics: "uninitialized".
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  the host physical address of the frame's first byte.
 */
FMAG_API fmag_hpa_t fmag_phys_frame_start_paddr(
	const struct fmag_phys_frame *frame);

/*
 * The frame's memory. On an uninit handle it panics.
 *
 * Context:  as hal->phys_to_virt.
 * Progress: the HAL's.
 * Returns:  a pointer to frame_size bytes; NULL: the frame is not mapped.
 */
FMAG_API void *fmag_phys_frame_as_mut_ptr(const struct fmag_phys_frame *frame);

/*
 * Fills all frame_size bytes. On an uninit handle it panics.
 *
 * Context:  as hal->phys_to_virt and hal->fill_frame.
 * Progress: the HAL's, and the time to write a frame.
 * Faults:   FMAG_FAULT_UNMAPPED: the frame is not mapped, and the HAL has no
 *           fill_frame or may not be called in this handler.
 */
FMAG_API void fmag_phys_frame_fill(struct fmag_phys_frame *frame, uint8_t byte);

/*
 * Gives the frame back to its cache; the handle is uninit afterwards. Dropping
 * an uninit handle does nothing.
 *
 * Context:  as fmag_dealloc_frame().
 * Progress: as fmag_dealloc_frame().
 * Faults:   as fmag_dealloc_frame().
 */
FMAG_API void fmag_phys_frame_drop(struct fmag_phys_frame *frame);

/*
 * Hands the frame on: `*frame` is uninit afterwards.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  the handle that owns the frame now.
 */
FMAG_API struct fmag_phys_frame fmag_phys_frame_move(
	struct fmag_phys_frame *frame);

/*
 * Takes the frame out of its handle, for a page table entry, say. The handle
 * is uninit afterwards; the caller owes fmag_dealloc_frame(), or
 * fmag_phys_frame_from_raw().
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  the frame's address; FMAG_HPA_NONE for an uninit handle.
 */
FMAG_API fmag_hpa_t fmag_phys_frame_into_raw(struct fmag_phys_frame *frame);

/*
 * Makes a handle own a frame of `cache` again. FMAG_HPA_NONE, or a NULL
 * `cache`, makes an uninit one.
 *
 * Context:  any.
 * Progress: wait-free.
 * Returns:  a handle that owns the frame at `paddr`.
 */
FMAG_API struct fmag_phys_frame fmag_phys_frame_from_raw(
	struct fmag_cache *cache, fmag_hpa_t paddr);

FMAG_END_DECLS

#endif
