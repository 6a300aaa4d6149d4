/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which fronts this build has on this system.
 */
#ifndef TESTS_SUPPORT_FRONTS_H
#define TESTS_SUPPORT_FRONTS_H

#include <stdbool.h>
#include <stddef.h>

#include <fmag/detail/rseq.h>

#if FMAG_HAS_RSEQ_
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libc's: weak, as in src/hosted/platform.c, which the tests do not ask. */
extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));
#endif

static inline bool rseq_is_to_be_had(void)
{
#if FMAG_HAS_RSEQ_
	long barriers = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	return &__rseq_size != NULL && __rseq_size != 0 && barriers > 0 &&
		(barriers & MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ) != 0;
#else
	return false;
#endif
}

/* ThreadSanitizer sees more of the claim front. */
static inline bool rseq_is_the_default(void)
{
#ifdef FMAG_TSAN_SHIM
	return false;
#else
	return rseq_is_to_be_had();
#endif
}

#endif
