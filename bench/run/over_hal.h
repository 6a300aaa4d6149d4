/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a subject that `populate` has too: called through its HAL, as a cache
 * calls it. Included once, by the subject's file.
 */
#ifndef BENCH_RUN_OVER_HAL_H
#define BENCH_RUN_OVER_HAL_H

#include "subject.h"

#define RUN_HAS_BULK 0

static inline fmag_hpa_t alloc_one(void *ctx)
{
	const struct fmag_hal *hal = ctx;

	return hal->ops->alloc_frame(hal->ctx);
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	const struct fmag_hal *hal = ctx;

	hal->ops->dealloc_frame(hal->ctx, frame);
}

#include "run/loops.h"

static struct subject over_hal_subject;

static enum fmag_status over_hal_open(
	const struct subject_kind *kind, size_t frames, void **ctx)
{
	if (!subject_open(&over_hal_subject, kind, frames * FRAME_SIZE, 0))
		return FMAG_ERR_NO_MEMORY;
	*ctx = &over_hal_subject.hal;
	return FMAG_OK;
}

static bool over_hal_close(void *ctx)
{
	(void)ctx;
	return subject_close(&over_hal_subject);
}

#endif
