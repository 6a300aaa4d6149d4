/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clean frames: frames that are zero when they are handed out.
 */
#ifndef FMAG_CLEAN_H
#define FMAG_CLEAN_H

#include <fmag/cache.h>
#include <fmag/types.h>

FMAG_BEGIN_DECLS

/*
 * As fmag_alloc_frame(), and all frame_size bytes are 0. It goes back by
 * fmag_dealloc_frame().
 *
 * Context:  as fmag_alloc_frame(), phys_to_virt and fill_frame.
 * Progress: as fmag_alloc_frame(), and the time to write a frame.
 * Returns:  as fmag_alloc_frame(). FMAG_HPA_NONE also where the frame is not
 *           mapped and the HAL has no fill_frame, or may not be called in this
 *           handler; then the frame went back. fmag_phys_frame_alloc_zero() says
 *           which of these it was.
 * Faults:   as fmag_alloc_frame().
 */
FMAG_API fmag_hpa_t fmag_alloc_frame_zeroed(struct fmag_cache *cache);

FMAG_END_DECLS

#endif
