/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaks, so that it is known that a leak fails a test.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

static void *volatile lost;

Test(sanitizers, a_leak_fails)
{
	lost = malloc(16);
	lost = NULL;
}
