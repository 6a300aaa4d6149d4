/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The floor: a stack of frames in an array of the thread. It allocates for as
 * long as one asks and frees whatever it gets: at its ends it starts over in
 * the middle, as if it had exchanged magazines with someone at no cost. But for
 * prodcons and imbalance no workload gets there.
 */
#ifndef BENCH_SUBJECTS_FLOOR_STACK_H
#define BENCH_SUBJECTS_FLOOR_STACK_H

#include "serve/subject.h"

#include <string.h>
#include <sys/mman.h>

/* More than a workload has out, either way. */
#define ROUNDS 16384
#define MIDDLE (ROUNDS / 2)

struct stack {
	size_t rounds;
	char *memory;
	fmag_hpa_t frames[ROUNDS];
};

static __thread struct stack thread_stack
	__attribute__((tls_model("initial-exec"), aligned(64)));

/*
 * Told to no compiler, so that each uses it as a pointer: where clang puts the
 * segment register into every access instead, Zen 5 takes twice as long, and
 * what is compared with it looks twice as good.
 */
static inline struct stack *own_stack(void)
{
	struct stack *stack = &thread_stack;

	__asm__("" : "+r"(stack));
	return stack;
}

/* Out of line and called last, so that the others save no register for it. */
#define COLD static __attribute__((cold, noinline))

COLD void start_over(struct stack *stack)
{
	stack->rounds = MIDDLE;
}

static inline bool stack_open(void)
{
	struct stack *stack = own_stack();
	stack->memory =
		mmap(NULL, ROUNDS * RUN_FRAME_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (stack->memory == MAP_FAILED)
		return false;
	for (size_t i = 0; i < ROUNDS; i++)
		stack->frames[i] =
			(uintptr_t)stack->memory + i * RUN_FRAME_SIZE;
	/* Those that touched512 gets: no fault is to be in its figure. */
	for (size_t i = MIDDLE - RUN_BATCH - RUN_MAX_HELD; i < MIDDLE; i++)
		stack->memory[i * RUN_FRAME_SIZE] = 0;
	stack->rounds = MIDDLE;
	return true;
}

static inline void stack_close(void)
{
	munmap(own_stack()->memory, ROUNDS * RUN_FRAME_SIZE);
}

COLD fmag_hpa_t alloc_from_middle(struct stack *stack)
{
	start_over(stack);
	return stack->frames[--stack->rounds];
}

COLD void free_to_middle(struct stack *stack, fmag_hpa_t frame)
{
	start_over(stack);
	stack->frames[stack->rounds++] = frame;
}

static inline fmag_hpa_t stack_alloc(void)
{
	struct stack *stack = own_stack();

	if (__builtin_expect(stack->rounds == 0, 0))
		return alloc_from_middle(stack);
	return stack->frames[--stack->rounds];
}

static inline void stack_free(fmag_hpa_t frame)
{
	struct stack *stack = own_stack();

	if (__builtin_expect(stack->rounds == ROUNDS, 0)) {
		free_to_middle(stack, frame);
		return;
	}
	stack->frames[stack->rounds++] = frame;
}

static inline size_t stack_alloc_many(fmag_hpa_t *frames, size_t count)
{
	struct stack *stack = own_stack();

	if (__builtin_expect(stack->rounds < count, 0))
		start_over(stack);
	stack->rounds -= count;
	memcpy(frames, &stack->frames[stack->rounds], count * sizeof(*frames));
	return count;
}

static inline void stack_free_many(const fmag_hpa_t *frames, size_t count)
{
	struct stack *stack = own_stack();

	if (__builtin_expect(ROUNDS - stack->rounds < count, 0))
		start_over(stack);
	memcpy(&stack->frames[stack->rounds], frames, count * sizeof(*frames));
	stack->rounds += count;
}

#endif
