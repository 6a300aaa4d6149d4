/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/fiber.h"

#include <stdint.h>
#include <string.h>

#ifdef EXPLORE_TSAN
#include <sanitizer/tsan_interface.h>

void fiber_adopt(struct fiber *fiber)
{
	fiber->tsan = __tsan_get_current_fiber();
}

void fiber_create(struct fiber *fiber)
{
	fiber->tsan = __tsan_create_fiber(0);
}

static void tell_tsan(const struct fiber *to)
{
	__tsan_switch_to_fiber(to->tsan, __tsan_switch_to_fiber_no_sync);
}

void fiber_publish(void *what)
{
	__tsan_release(what);
}

void fiber_observe(void *what)
{
	__tsan_acquire(what);
}
#else
void fiber_adopt(struct fiber *fiber)
{
	fiber->tsan = NULL;
}

void fiber_create(struct fiber *fiber)
{
	fiber->tsan = NULL;
}

static void tell_tsan(const struct fiber *to)
{
	(void)to;
}

void fiber_publish(void *what)
{
	(void)what;
}

void fiber_observe(void *what)
{
	(void)what;
}
#endif

#if defined(__x86_64__)

/* The registers that a call leaves alone are saved on the stack it leaves. */
void explore_switch_stack(void **from, void *to);
__asm__(".text\n"
	".globl explore_switch_stack\n"
	".type explore_switch_stack, @function\n"
	"explore_switch_stack:\n"
	"	push %rbp\n"
	"	push %rbx\n"
	"	push %r12\n"
	"	push %r13\n"
	"	push %r14\n"
	"	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15\n"
	"	pop %r14\n"
	"	pop %r13\n"
	"	pop %r12\n"
	"	pop %rbx\n"
	"	pop %rbp\n"
	"	ret\n"
	".size explore_switch_stack, . - explore_switch_stack\n");

#define SAVED_REGISTERS 6

void fiber_prepare(
	struct fiber *fiber, char *stack, size_t size, void (*entry)(void))
{
	/* After the return into `entry` the stack is as after a call. */
	uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
	void **frame = (void **)top - 2;

	*frame = (void *)(uintptr_t)entry;
	frame -= SAVED_REGISTERS;
	memset(frame, 0, SAVED_REGISTERS * sizeof(*frame));
	fiber->stack_pointer = frame;
}

char *fiber_stack_in_use(const struct fiber *fiber, char *stack)
{
	(void)stack;
	return fiber->stack_pointer;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	tell_tsan(to);
	explore_switch_stack(&from->stack_pointer, to->stack_pointer);
}

#else

void fiber_prepare(
	struct fiber *fiber, char *stack, size_t size, void (*entry)(void))
{
	getcontext(&fiber->context);
	fiber->context.uc_stack.ss_sp = stack;
	fiber->context.uc_stack.ss_size = size;
	fiber->context.uc_link = NULL;
	makecontext(&fiber->context, entry, 0);
}

char *fiber_stack_in_use(const struct fiber *fiber, char *stack)
{
	(void)fiber;
	return stack;
}

void fiber_switch(struct fiber *from, struct fiber *to)
{
	tell_tsan(to);
	swapcontext(&from->context, &to->context);
}

#endif
