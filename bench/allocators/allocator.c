/* SPDX-License-Identifier: BSD-2-Clause */
#include "allocators/allocator.h"

#include "support/message.h"

#include <stdlib.h>

const struct allocator_kind *const allocator_kinds[ALLOCATOR_COUNT] = {
	&allocator_arena,
	&allocator_mutex,
	&allocator_ticket,
	&allocator_fmag,
};

static bool pool_open(struct pool *pool, size_t size, unsigned flags)
{
	const struct fmag_arena_config config = {
		.struct_size = sizeof(config),
		.size = size,
		.flags = flags,
	};
	enum fmag_status status = fmag_arena_create(&pool->arena, &config);

	if (status != FMAG_OK) {
		message("a pool of %zu bytes: %s", size,
			fmag_status_message(status));
		return false;
	}
	pool->memory = fmag_arena_memory(pool->arena);
	pool->base = fmag_arena_base(pool->arena);
	pool->frames = size / FRAME_SIZE;
	return true;
}

bool allocator_open(struct allocator *allocator,
	const struct allocator_kind *kind, size_t pool_size, unsigned flags)
{
	*allocator = (struct allocator){ .kind = kind };
	if (!pool_open(&allocator->pool, pool_size, flags))
		return false;
	if (kind->open(allocator))
		return true;
	message("%s: no memory for its metadata", kind->name);
	fmag_arena_destroy(allocator->pool.arena);
	return false;
}

bool allocator_close(struct allocator *allocator)
{
	struct fmag_arena *arena = allocator->pool.arena;
	size_t out = allocator->kind->close(allocator);
	size_t lost = fmag_arena_size(arena) - fmag_arena_free_bytes(arena);

	if (out != 0)
		message("%s: %zu frames still out after the last was given "
			"back",
			allocator->kind->name, out);
	if (lost != 0)
		message("%s: %zu bytes never came back to the arena",
			allocator->kind->name, lost);
	fmag_arena_destroy(arena);
	return out == 0 && lost == 0;
}

size_t allocator_free_state(struct allocator *allocator)
{
	size_t out = allocator->pool.frames -
		allocator->kind->frames_free(allocator);

	free(allocator->state);
	return out;
}

void *allocator_phys_to_virt(void *ctx, fmag_hpa_t paddr)
{
	const struct allocator *allocator = ctx;

	return allocator->pool.memory + (paddr - allocator->pool.base);
}

fmag_hpa_t allocator_virt_to_phys(void *ctx, const void *vaddr)
{
	const struct allocator *allocator = ctx;
	const unsigned char *byte = vaddr;

	return allocator->pool.base +
		(fmag_hpa_t)(byte - allocator->pool.memory);
}
