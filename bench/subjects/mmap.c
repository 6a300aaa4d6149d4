/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel: a mapping of one page for each frame.
 */
#include "serve/subject.h"

#include <stddef.h>
#include <sys/mman.h>

static inline fmag_hpa_t alloc_one(void *ctx)
{
	void *frame = mmap(NULL, RUN_FRAME_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)ctx;
	return frame == MAP_FAILED ? FMAG_HPA_NONE : (uintptr_t)frame;
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	munmap((void *)(uintptr_t)frame, RUN_FRAME_SIZE);
}

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	return (void *)(uintptr_t)frame;
}

#define RUN_HAS_ZEROED

/* The kernel has zeroed it when it is there, which is at the first write. */
static inline fmag_hpa_t alloc_zeroed(void *ctx)
{
	fmag_hpa_t frame = alloc_one(ctx);

	if (frame != FMAG_HPA_NONE)
		*(volatile char *)memory_of(ctx, frame) = 0;
	return frame;
}

#include "serve/loops.h"

static enum fmag_status open_mmap(size_t frames, void **ctx)
{
	(void)frames;
	*ctx = NULL;
	return FMAG_OK;
}

static bool close_mmap(void *ctx)
{
	(void)ctx;
	return true;
}

const struct run_subject run_subject = {
	.open = open_mmap,
	.close = close_mmap,
	.loops = RUN_LOOPS,
};
