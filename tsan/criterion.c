/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes Criterion start under ThreadSanitizer, and a race fail the test in
 * which it is reported. Linked into each of the self-check's tests.
 */
#include <stdlib.h>

/*
 * BoxFort, by which Criterion starts its tests, maps an arena that it hands on
 * at an address of its choice: it tries what rand_r() says, shifted left by 20
 * bits or so, and where ThreadSanitizer has its shadow the process ends with
 * "Could not initialize inheritable arena". These lie where it lets mappings
 * be.
 */
#define ARENA_FIRST 0x367000u
#define ARENA_MASK  0xfffu

int rand_r(unsigned *seed)
{
	*seed = *seed * 1103515245u + 12345u;
	return (int)(ARENA_FIRST | ((*seed >> 16) & ARENA_MASK));
}

const char *__tsan_default_options(void);

/* A report ends the process: otherwise Criterion says that the test passed. */
const char *__tsan_default_options(void)
{
	return "halt_on_error=1";
}
