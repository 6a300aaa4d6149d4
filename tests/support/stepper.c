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
	return all ? 1 : 5;
#else
	return all ? 1 : 2;
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

/* In a child. */
static bool is_child;
static bool may_be_abandoned;
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

/* Forks a child of one fate; the parent waits for its verdict. */
static bool fork_child(enum stepper_fate of)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		is_child = true;
		fate = of;
		return true;
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		result.failures++;
	return false;
}

static void stand_still(ucontext_t *interrupted)
{
	greg_t *registers = interrupted->uc_mcontext.gregs;

	registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	if (current->interrupt != NULL)
		registers[REG_RIP] = (greg_t)current->interrupt(
			current->arg, (uintptr_t)registers[REG_RIP]);
	may_be_abandoned = current->stop(current->arg, instructions - 1);
	if (fate == STEPPER_ABANDONED && may_be_abandoned)
		siglongjmp(abandoned, 1);
}

/* The kernel clears the flag for the handler, and restores it after. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	if (is_child || instructions++ % current->stride != 0)
		return;
	result.stops++;
	if (fork_child(STEPPER_RESUMED) || fork_child(STEPPER_ABANDONED))
		stand_still(context);
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
	bool ok;

	if (fate == STEPPER_ABANDONED && !may_be_abandoned)
		_exit(EXIT_SUCCESS);
	ok = current->check(current->arg, at, fate);
	_exit(ok ? EXIT_SUCCESS : EXIT_FAILURE);
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
