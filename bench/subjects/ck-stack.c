/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stack of Concurrency Kit alone: one for all CPUs, and no cache before it.
 */
#include <ck_stack.h>

#include <stddef.h>

/* The stack itself is not 16-byte aligned by its type, and must be. */
static struct {
	_Alignas(64) ck_stack_t stack;
} shared;

struct stack_entry {
	ck_stack_entry_t link;
};

/* No NULL as its first generation: UBSan reports arithmetic on that. */
static inline void stack_init(void)
{
	ck_stack_init(&shared.stack);
	shared.stack.generation = (char *)&shared.stack;
}

static inline void stack_push(struct stack_entry *entry)
{
	ck_stack_push_mpmc(&shared.stack, &entry->link);
}

static inline struct stack_entry *stack_pop(void)
{
	return (struct stack_entry *)ck_stack_pop_mpmc(&shared.stack);
}

#include "serve/over_stack.h"

/* CK's headers do not say, its package does. */
static const char *version(void)
{
	return "CK " BENCH_VERSION;
}

const struct run_subject run_subject = {
	.version = version,
	.open = over_stack_open,
	.close = over_stack_close,
	.inventory = over_stack_inventory,
	.loops = RUN_LOOPS,
};
