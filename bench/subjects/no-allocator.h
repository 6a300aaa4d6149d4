/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For what is compared with allocators and is none: there is nothing to open, a
 * frame is its address, and is taken to be full of zeros. Included once, by the
 * subject's file, after its calls.
 */
#ifndef BENCH_SUBJECTS_NO_ALLOCATOR_H
#define BENCH_SUBJECTS_NO_ALLOCATOR_H

#include "serve/subject.h"

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	return (void *)(uintptr_t)frame;
}

#define RUN_HAS_ZEROED

static inline fmag_hpa_t alloc_zeroed(void *ctx)
{
	return alloc_one(ctx);
}

#include "serve/loops.h"

static enum fmag_status open_nothing(size_t frames, void **ctx)
{
	(void)frames;
	*ctx = NULL;
	return FMAG_OK;
}

static bool close_nothing(void *ctx)
{
	(void)ctx;
	return true;
}

#endif
