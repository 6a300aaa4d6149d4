/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/stepper.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_SANITIZED 0
#endif

size_t stepper_stride(void)
{
	bool all = getenv("FMAG_TEST_ALL") != NULL;

	if (IS_SANITIZED)
		return all ? 13 : 29;
#if defined(__clang__)
	return all ? 1 : 7;
#else
	return all ? 1 : 3;
#endif
}

void stepper_stop_everywhere(const struct stepper *stepper)
{
	const struct stepper_result result = stepper_run(stepper);

	cr_assert_eq(result.failures, 0, "%zu of %zu stops failed",
		result.failures, result.stops);
#if defined(__x86_64__)
	cr_assert_gt(result.stops, 3, "it was stopped at all");
#endif
}

bool stepper_say(size_t at, const char *what, size_t n)
{
	fprintf(stderr, "stopped after instruction %zu: %s (%zu)\n", at, what,
		n);
	return false;
}

#if defined(__x86_64__)

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define TRAP_FLAG 0x100

static const struct stepper *current;
static struct stepper_result result;
static size_t instructions;
static sigjmp_buf abandoned;

/* In a child, and in its own, which is abandoned. */
static bool is_child;
static bool abandoned_failed;
static enum stepper_fate fate;

/* Below the red zone of the caller, which the push would overwrite. */
#define CHANGE_FLAGS(operation, mask)                              \
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"              \
			 "pushfq\n\t" operation " %0, (%%rsp)\n\t" \
			 "popfq\n\t"                               \
			 "lea 128(%%rsp), %%rsp"                   \
			 :                                         \
			 : "i"(mask)                               \
			 : "memory", "cc")

/* True in the child; the parent waits for its verdict. */
static bool fork_child(bool *failed)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		return true;
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	*failed = !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS;
	return false;
}

/* What the others do is the same for both fates. */
static void stand_still(ucontext_t *interrupted)
{
	greg_t *registers = interrupted->uc_mcontext.gregs;

	registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	if (current->interrupt != NULL)
		registers[REG_RIP] = (greg_t)current->interrupt(
			current->arg, (uintptr_t)registers[REG_RIP]);
	if (current->stop(current->arg, instructions - 1) &&
		fork_child(&abandoned_failed)) {
		fate = STEPPER_ABANDONED;
		siglongjmp(abandoned, 1);
	}
	fate = STEPPER_RESUMED;
}

/* The kernel clears the flag for the handler, and restores it after. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
	bool failed;

	(void)signal;
	(void)info;
	if (is_child || instructions++ % current->stride != 0)
		return;
	result.stops++;
	if (fork_child(&failed)) {
		is_child = true;
		stand_still(context);
	} else {
		result.failures += failed;
	}
}

static void catch_traps(struct sigaction *before)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_trap;
	action.sa_flags = SA_SIGINFO;
	sigaction(SIGTRAP, &action, before);
}

static void end_child(void)
{
	size_t at = instructions - 1;
	bool ok = current->check(current->arg, at, fate);

	_exit(ok && !(fate == STEPPER_RESUMED && abandoned_failed)
			? EXIT_SUCCESS
			: EXIT_FAILURE);
}

struct stepper_result stepper_run(const struct stepper *stepper)
{
	struct sigaction before;

	current = stepper;
	instructions = 0;
	memset(&result, 0, sizeof(result));
	catch_traps(&before);
	if (sigsetjmp(abandoned, 1) == 0) {
		CHANGE_FLAGS("orq", TRAP_FLAG);
		stepper->run(stepper->arg);
		CHANGE_FLAGS("andq", ~TRAP_FLAG);
	}
	if (is_child)
		end_child();
	sigaction(SIGTRAP, &before, NULL);
	return result;
}

#else

struct stepper_result stepper_run(const struct stepper *stepper)
{
	stepper->run(stepper->arg);
	return (struct stepper_result){ 0, 0 };
}

#endif
