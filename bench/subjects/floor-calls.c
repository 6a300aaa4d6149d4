/* SPDX-License-Identifier: BSD-2-Clause */
#include "subjects/floor-calls.h"

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

COLD void start_over(struct stack *stack)
{
	stack->rounds = MIDDLE;
}

bool floor_open(void)
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
	stack->rounds = MIDDLE;
	return true;
}

void floor_close(void)
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

FLOOR fmag_hpa_t floor_alloc(void *ctx)
{
	struct stack *stack = own_stack();

	(void)ctx;
	if (__builtin_expect(stack->rounds == 0, 0))
		return alloc_from_middle(stack);
	return stack->frames[--stack->rounds];
}

FLOOR void floor_free(void *ctx, fmag_hpa_t frame)
{
	struct stack *stack = own_stack();

	(void)ctx;
	if (__builtin_expect(stack->rounds == ROUNDS, 0)) {
		free_to_middle(stack, frame);
		return;
	}
	stack->frames[stack->rounds++] = frame;
}

FLOOR size_t floor_alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	struct stack *stack = own_stack();

	(void)ctx;
	if (__builtin_expect(stack->rounds < count, 0))
		start_over(stack);
	stack->rounds -= count;
	memcpy(frames, &stack->frames[stack->rounds], count * sizeof(*frames));
	return count;
}

FLOOR void floor_free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	struct stack *stack = own_stack();

	(void)ctx;
	if (__builtin_expect(ROUNDS - stack->rounds < count, 0))
		start_over(stack);
	memcpy(&stack->frames[stack->rounds], frames, count * sizeof(*frames));
	stack->rounds += count;
}
