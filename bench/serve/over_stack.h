/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a bare lock-free stack: of every frame it has an entry, in an array beside
 * the frames, and no frame is touched. Included once, by the subject's file,
 * which defines before
 *
 *	struct stack_entry
 *	static inline void stack_init(void)
 *	static inline void stack_push(struct stack_entry *entry)
 *	static inline struct stack_entry *stack_pop(void)	NULL: it is empty
 */
#ifndef BENCH_SERVE_OVER_STACK_H
#define BENCH_SERVE_OVER_STACK_H

#include "serve/subject.h"
#include "support/message.h"

#include <fmag/arena.h>

#include <stdlib.h>

static struct {
	struct stack_entry *entries;
	uintptr_t base; /* the memory of the frame whose entry is the first */
	size_t frames;
	struct fmag_arena *arena; /* it gives the memory, and nothing else */
} over_stack;

static inline fmag_hpa_t alloc_one(void *ctx)
{
	struct stack_entry *entry = stack_pop();

	(void)ctx;
	if (__builtin_expect(entry == NULL, 0))
		return FMAG_HPA_NONE;
	return over_stack.base +
		(size_t)(entry - over_stack.entries) * RUN_FRAME_SIZE;
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	stack_push(
		&over_stack
			 .entries[(frame - over_stack.base) / RUN_FRAME_SIZE]);
}

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	return (void *)(uintptr_t)frame;
}

#include "serve/loops.h"

static enum fmag_status over_stack_open(size_t frames, void **ctx)
{
	const struct fmag_arena_config memory = {
		.struct_size = sizeof(memory),
		.size = frames * RUN_FRAME_SIZE,
		.flags = FMAG_ARENA_POPULATE,
	};
	enum fmag_status status = fmag_arena_create(&over_stack.arena, &memory);

	*ctx = NULL;
	if (status != FMAG_OK)
		return status;
	over_stack.entries = calloc(frames, sizeof(*over_stack.entries));
	if (over_stack.entries == NULL)
		return FMAG_ERR_NO_MEMORY;
	over_stack.base = (uintptr_t)fmag_arena_memory(over_stack.arena);
	over_stack.frames = frames;
	stack_init();
	for (size_t i = frames; i > 0; i--)
		stack_push(&over_stack.entries[i - 1]);
	return FMAG_OK;
}

static struct run_inventory over_stack_inventory(void *ctx)
{
	(void)ctx;
	return (struct run_inventory){
		.frames = over_stack.frames,
		.metadata_bytes =
			over_stack.frames * sizeof(*over_stack.entries),
	};
}

static bool over_stack_close(void *ctx)
{
	size_t out = over_stack.frames;

	(void)ctx;
	while (stack_pop() != NULL)
		out--;
	free(over_stack.entries);
	fmag_arena_destroy(over_stack.arena);
	if (out == 0)
		return true;
	message("%zu of %zu frames are there", over_stack.frames - out,
		over_stack.frames);
	return false;
}

#endif
