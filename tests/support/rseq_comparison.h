/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The assembly of fmag/detail/rseq.h against its statement in C
 * (front/rseq_statement.h): both from the same random states, and then the same
 * answer and the same memory, byte by byte. On an area of the test's own, so
 * also where the kernel has no rseq, and under emulators.
 *
 * Frames are handed over in memory that ends, or begins, at a page that may not
 * be touched.
 */
#ifndef TESTS_SUPPORT_RSEQ_COMPARISON_H
#define TESTS_SUPPORT_RSEQ_COMPARISON_H

#include <fmag/cache.h>
#include <fmag/detail/rseq.h>

#if FMAG_HAS_RSEQ_

enum rseq_primitive {
	RSEQ_POP,
	RSEQ_PUSH,
	RSEQ_POP_MANY,
	RSEQ_PUSH_MANY,
	RSEQ_INSTALL,
	RSEQ_PRIMITIVES,
};

struct rseq_comparison {
	enum rseq_primitive primitive;
	size_t capacity; /* rounds that a magazine has room for */
	size_t states;
	uint64_t seed;
};

/*
 * False, having said on standard error what differs, or that the states were
 * all of one kind.
 */
bool rseq_compare(const struct rseq_comparison *comparison);

#endif

#endif
