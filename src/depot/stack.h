/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock-free stack of magazines: Concurrency Kit's, with its traps fenced off.
 *
 * Of ck_stack only push_mpmc and trypop_mpmc are used: a double-wide
 * compare-and-swap advances a generation on each pop, so that a magazine that
 * is popped and pushed again while another pop is under way does not fool it
 * (ABA). The batch pops of 0.7.1 leave the generation alone, and the
 * single-consumer ones corrupt with several: neither may be used here. Nor may
 * pop_mpmc: it goes on with the pair that its failed swap read, which on
 * AArch64 may be torn: one head with the next one's generation.
 *
 * Magazines are type-stable: their memory stays until the cache is gone, so
 * reading the link of one that was popped meanwhile is harmless.
 */
#ifndef FMAG_DEPOT_STACK_H
#define FMAG_DEPOT_STACK_H

#include <ck_stack.h>

#include "base/compiler.h"
#include "depot/level.h"
#include "magazine/magazine.h"

#ifndef CK_F_STACK_TRYPOP_MPMC
#error "Concurrency Kit has no double-wide compare-and-swap for this target"
#endif

/*
 * cmpxchg16b faults on a misaligned operand, and ck_stack_t does not ask for
 * alignment by its type. A line pair each: the stacks do not share lines.
 */
struct fmag_stack {
	ck_stack_t ck __attribute__((aligned(FMAG_LINE_PAIR)));
	/* On the line that a push or pop has already; the depot's to keep. */
	struct fmag_level level;
};

static inline void fmag_stack_init(struct fmag_stack *stack)
{
	ck_stack_init(&stack->ck);
	/* Not NULL: clang's UBSan reports arithmetic on a null pointer. */
	stack->ck.generation = (char *)&stack->ck;
	stack->level = (struct fmag_level){ 0 };
}

static inline void fmag_stack_push(
	struct fmag_stack *stack, struct fmag_magazine *magazine)
{
	ck_stack_push_mpmc(&stack->ck, &magazine->link);
}

static inline struct fmag_magazine *fmag_stack_magazine(ck_stack_entry_t *entry)
{
	if (entry == NULL)
		return NULL;
	return fmag_container_of(entry, struct fmag_magazine, link);
}

/* The magazine on top, now the caller's to hold; NULL: none. */
static inline struct fmag_magazine *fmag_stack_pop(struct fmag_stack *stack)
{
	ck_stack_entry_t *entry;

	while (ck_pr_load_ptr(&stack->ck.head) != NULL) {
		if (ck_stack_trypop_mpmc(&stack->ck, &entry))
			return fmag_stack_magazine(entry);
	}
	return NULL;
}

/*
 * The magazine on top, which stays there, or is gone again already: good for
 * fmag_magazine_take(), which any magazine stands.
 */
static inline struct fmag_magazine *fmag_stack_peek(struct fmag_stack *stack)
{
	return fmag_stack_magazine(ck_pr_load_ptr(&stack->ck.head));
}

#endif
