/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stops a function after each of its instructions, on the real code. The
 * processor's trap flag raises SIGTRAP after every instruction; the handler
 * forks, and the child is the world in which the function stands still just
 * there. x86-64 only.
 */
#ifndef TESTS_SUPPORT_STEPPER_H
#define TESTS_SUPPORT_STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stepper_fate {
	STEPPER_RESUMED,   /* the function went on, as after an interrupt */
	STEPPER_ABANDONED, /* it never did: it was stopped for ever */
};

struct stepper {
	/* Stopped after each instruction, once for each fate. */
	void (*run)(void *arg);
	/* What others do while it stands there, after that instruction. False:
	 * it cannot be abandoned here. */
	bool (*stop)(void *arg, size_t at);
	/* NULL, or what a kernel does to it before others run: where it goes on
	 * instead of at `pc`, the next instruction. */
	uintptr_t (*interrupt)(void *arg, uintptr_t pc);
	/* After its end, or after it was abandoned. False, having said why on
	 * standard error, fails the run. Leaks are the process's. */
	bool (*check)(void *arg, size_t at, enum stepper_fate fate);
	void *arg;
	size_t stride; /* 1: every instruction */
};

/*
 * For long operations: every 3rd instruction of what gcc made, every 7th of
 * clang's, and every 29th under sanitizers, which multiply them; each, and every
 * 13th, where FMAG_TEST_ALL is set.
 */
size_t stepper_stride(void);

struct stepper_result {
	size_t stops;
	size_t failures;
};

struct stepper_result stepper_run(const struct stepper *stepper);

/* Likewise: fails the test where a stop failed, or there were none. */
void stepper_stop_everywhere(const struct stepper *stepper);

/* For check: says what was wrong, and how many of it; false. */
bool stepper_say(size_t at, const char *what, size_t n);

#endif
