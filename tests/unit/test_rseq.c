/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of fmag/detail/rseq.h, in assembly, do what their statements in
 * C say (front/rseq_statement.h), which the explorer runs in their place.
 * tests/fallback runs the same comparison for AArch64.
 */
#include <criterion/criterion.h>

#include "support/rseq_comparison.h"

#if FMAG_HAS_RSEQ_

/* Magazines of a few rounds, of the default size, and the largest. */
static void compare(enum rseq_primitive primitive)
{
	const struct rseq_comparison comparisons[] = {
		{ primitive, 1, 4000, 1 },
		{ primitive, 9, 20000, 2 },
		{ primitive, FMAG_DEFAULT_MAGAZINE_ROUNDS_MIN, 10000, 3 },
		{ primitive, FMAG_MAX_MAGAZINE_ROUNDS, 1000, 4 },
	};

	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]);
		i++)
		cr_assert(rseq_compare(&comparisons[i]));
}

Test(rseq, pop_is_as_stated)
{
	compare(RSEQ_POP);
}

Test(rseq, push_is_as_stated)
{
	compare(RSEQ_PUSH);
}

Test(rseq, pop_many_is_as_stated)
{
	compare(RSEQ_POP_MANY);
}

Test(rseq, push_many_is_as_stated)
{
	compare(RSEQ_PUSH_MANY);
}

Test(rseq, install_is_as_stated)
{
	compare(RSEQ_INSTALL);
}

#endif
