/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw arena: fmag's own HAL over ordinary memory, with no cache before it.
 * The same HAL is behind the cache in allocator_fmag.c.
 */
#include "allocators/allocator.h"

#define BITS_A_BYTE 8

static bool open_arena(struct allocator *allocator)
{
	/* Its bitmap, and a page for the rest (arena.h). */
	allocator->metadata_bytes =
		allocator->pool.frames / BITS_A_BYTE + FRAME_SIZE;
	return fmag_arena_hal(allocator->pool.arena, FRAME_SIZE,
		       &allocator->hal) == FMAG_OK;
}

static size_t frames_free(const struct allocator *allocator)
{
	return fmag_arena_free_bytes(allocator->pool.arena) / FRAME_SIZE;
}

static size_t close_arena(struct allocator *allocator)
{
	return allocator->pool.frames - frames_free(allocator);
}

const struct allocator_kind allocator_arena = {
	.name = "raw arena",
	.open = open_arena,
	.frames_free = frames_free,
	.close = close_arena,
};
