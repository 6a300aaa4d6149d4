/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * liburcu's lock-free stack. Its push takes no lock; its pop, as it is used here,
 * takes a mutex: the one that the library has in the stack for this.
 *
 * The pop without it, __cds_lfs_pop() by a reader of RCU, may not see a node
 * again before a grace period is over, or it puts a stale link on top (ABA). But
 * here a frame is freed at once, and must be had again by the next call; frames
 * that wait for a grace period would be another allocator, and one that is dry.
 *
 * Push and pop are calls: what of them is inlined is so under _LGPL_SOURCE, for
 * programs of that licence.
 */
#include <urcu/lfstack.h>

#include <stddef.h>

static struct {
	_Alignas(64) struct cds_lfs_stack stack;
} shared;

struct stack_entry {
	struct cds_lfs_node node;
};

static inline void stack_init(void)
{
	cds_lfs_init(&shared.stack);
}

static inline void stack_push(struct stack_entry *entry)
{
	cds_lfs_push(&shared.stack, &entry->node);
}

static inline struct stack_entry *stack_pop(void)
{
	return (struct stack_entry *)cds_lfs_pop_blocking(&shared.stack);
}

#include "serve/over_stack.h"

/* Its headers do not say, its package does. */
static const char *version(void)
{
	return "liburcu " BENCH_VERSION;
}

const struct run_subject run_subject = {
	.version = version,
	.open = over_stack_open,
	.close = over_stack_close,
	.inventory = over_stack_inventory,
	.loops = RUN_LOOPS,
};
