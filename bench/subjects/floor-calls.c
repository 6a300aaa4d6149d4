/* SPDX-License-Identifier: BSD-2-Clause */
#include "subjects/floor-calls.h"

#include "subjects/floor-stack.h"

/* Each begins a cache line: the floor is not to depend on how it is linked. */
#define FLOOR __attribute__((aligned(64)))

static _Alignas(RUN_FRAME_SIZE) char page[RUN_FRAME_SIZE];

FLOOR fmag_hpa_t empty_alloc(void *ctx)
{
	(void)ctx;
	return (uintptr_t)page;
}

FLOOR void empty_free(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	(void)frame;
}

bool floor_open(void)
{
	return stack_open();
}

void floor_close(void)
{
	stack_close();
}

FLOOR fmag_hpa_t floor_alloc(void *ctx)
{
	(void)ctx;
	return stack_alloc();
}

FLOOR void floor_free(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	stack_free(frame);
}

FLOOR size_t floor_alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	(void)ctx;
	return stack_alloc_many(frames, count);
}

FLOOR void floor_free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	(void)ctx;
	stack_free_many(frames, count);
}
