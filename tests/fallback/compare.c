/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: compare STATES
 *
 * unit/test_rseq.c for where there is no test framework: other machines, and
 * valgrind.
 */
#include <stdlib.h>

#include <fmag/cache.h>

#include "support/rseq_comparison.h"

int main(int argc, char **argv)
{
	size_t states = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000;
	bool ok = true;

	for (unsigned i = 0; i < RSEQ_PRIMITIVES; i++) {
		struct rseq_comparison comparison = {
			.primitive = (enum rseq_primitive)i,
			.capacity = 9,
			.states = states,
			.seed = 1,
		};

		ok = rseq_compare(&comparison) && ok;
		comparison.capacity = FMAG_DEFAULT_MAGAZINE_ROUNDS_MIN;
		ok = rseq_compare(&comparison) && ok;
		comparison.capacity = FMAG_MAX_MAGAZINE_ROUNDS;
		comparison.states = states / 16;
		ok = rseq_compare(&comparison) && ok;
	}
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
