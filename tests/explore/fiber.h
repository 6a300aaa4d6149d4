/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fiber: a flow of control with a stack of its own, that runs until it
 * switches to another. The explorer's threads are fibers of one real thread.
 */
#ifndef TESTS_EXPLORE_FIBER_H
#define TESTS_EXPLORE_FIBER_H

#include <stddef.h>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

struct fiber {
#if defined(__x86_64__)
	void *stack_pointer;
#else
	ucontext_t context;
#endif
	void *tsan; /* ThreadSanitizer's view of it; NULL in other builds */
};

/* Makes `fiber` stand for the flow of control that is running. */
void fiber_adopt(struct fiber *fiber);

/* Once for each fiber that fiber_prepare() is called for. */
void fiber_create(struct fiber *fiber);

/* The next switch to `fiber` calls `entry` on `stack`, never to return. */
void fiber_prepare(
	struct fiber *fiber, char *stack, size_t size, void (*entry)(void));

/* Where what it has on `stack` begins, up to the end: of one that was left. */
char *fiber_stack_in_use(const struct fiber *fiber, char *stack);

/* A preemption: ThreadSanitizer sees no order between the two. */
void fiber_switch(struct fiber *from, struct fiber *to);

/* For ThreadSanitizer: what came before publish comes before what is after
 * observe. */
void fiber_publish(void *what);
void fiber_observe(void *what);

#endif
