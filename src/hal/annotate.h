/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Annotations (base/annotate.h) by frame: on its memory, where the host says
 * that this is. So the twins call phys_to_virt at each alloc and free.
 *
 * For a frame that is not mapped nobody's accesses are seen, but its edge is
 * needed: what its last owner did elsewhere comes before what the next one
 * does. It is made on a word of a table, chosen by the frame's number; frames
 * that share a word share their edges, which can hide a race and never make one.
 */
#ifndef FMAG_HAL_ANNOTATE_H
#define FMAG_HAL_ANNOTATE_H

#include "base/annotate.h"
#include "hal/host.h"

#if FMAG_ANNOTATES

/* Of base/annotate.h's annotations one, for one frame. */
void fmag_annotate_frame(const struct fmag_host *host, fmag_hpa_t frame,
	fmag_annotation annotation);

#else

static inline void fmag_annotate_frame(const struct fmag_host *host,
	fmag_hpa_t frame, fmag_annotation annotation)
{
	(void)host;
	(void)frame;
	(void)annotation;
}

#endif

static inline void fmag_annotate_frames(const struct fmag_host *host,
	const fmag_hpa_t *frames, size_t count, fmag_annotation annotation)
{
	for (size_t i = 0; FMAG_ANNOTATES && i < count; i++)
		fmag_annotate_frame(host, frames[i], annotation);
}

static inline void fmag_annotate_run(const struct fmag_host *host,
	fmag_hpa_t paddr, size_t count, fmag_annotation annotation)
{
	for (size_t i = 0; FMAG_ANNOTATES && i < count; i++)
		fmag_annotate_frame(
			host, paddr + i * host->hal.frame_size, annotation);
}

#endif
