/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomic accesses to plain words, the order in the name. Built on the
 * compiler's builtins, which ThreadSanitizer models; only the depot's stacks,
 * which need a double-wide compare-and-swap, use Concurrency Kit's own.
 *
 * None is sequentially consistent: docs/memory-ordering.md names the partner
 * of each access that is not relaxed.
 */
#ifndef FMAG_BASE_ATOMIC_H
#define FMAG_BASE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What happens before each access: nothing, but in the builds that explore
 * interleavings, which define it ahead (tests/explore), another thread may run.
 */
#ifndef FMAG_STEP
#define FMAG_STEP() ((void)0)
#endif

#define fmag_load_relaxed(p) \
	(FMAG_STEP(), __atomic_load_n((p), __ATOMIC_RELAXED))
#define fmag_load_acquire(p) \
	(FMAG_STEP(), __atomic_load_n((p), __ATOMIC_ACQUIRE))
#define fmag_store_relaxed(p, v) \
	(FMAG_STEP(), __atomic_store_n((p), (v), __ATOMIC_RELAXED))
#define fmag_store_release(p, v) \
	(FMAG_STEP(), __atomic_store_n((p), (v), __ATOMIC_RELEASE))

#define fmag_exchange_acquire(p, v) \
	(FMAG_STEP(), __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE))

#define fmag_exchange_acq_rel(p, v) \
	(FMAG_STEP(), __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL))

/* The value before. */
#define fmag_add_relaxed(p, v) \
	(FMAG_STEP(), __atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define fmag_add_release(p, v) \
	(FMAG_STEP(), __atomic_fetch_add((p), (v), __ATOMIC_RELEASE))
#define fmag_sub_relaxed(p, v) \
	(FMAG_STEP(), __atomic_fetch_sub((p), (v), __ATOMIC_RELAXED))
#define fmag_or_release(p, v) \
	(FMAG_STEP(), __atomic_fetch_or((p), (v), __ATOMIC_RELEASE))

/*
 * Replace *p by `desired` if it is *expected, and say so; otherwise read it
 * into *expected, with acquire where a success acquires.
 */
#define fmag_cas_(p, expected, desired, success, failure)                      \
	(FMAG_STEP(),                                                          \
		__atomic_compare_exchange_n((p), (expected), (desired), false, \
			(success), (failure)))
#define fmag_cas_relaxed(p, expected, desired) \
	fmag_cas_(p, expected, desired, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define fmag_cas_acquire(p, expected, desired) \
	fmag_cas_(p, expected, desired, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
#define fmag_cas_acq_rel(p, expected, desired) \
	fmag_cas_(p, expected, desired, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

#endif
