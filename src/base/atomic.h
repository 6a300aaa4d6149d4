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
#include <stddef.h>
#include <stdint.h>

/*
 * What happens before each access: nothing, but in the builds that explore
 * interleavings, which define it ahead (tests/explore), another thread may run.
 */
#ifdef FMAG_STEP
#define FMAG_WATCHED 1
#else
#define FMAG_STEP() ((void)0)
#endif

/* ThreadSanitizer too is to see each access as what it is. */
#if defined(__SANITIZE_THREAD__)
#define FMAG_WATCHED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FMAG_WATCHED 1
#endif
#endif

#define fmag_load_relaxed(p) \
	(FMAG_STEP(), __atomic_load_n((p), __ATOMIC_RELAXED))
#define fmag_load_acquire(p) \
	(FMAG_STEP(), __atomic_load_n((p), __ATOMIC_ACQUIRE))
#define fmag_store_relaxed(p, v) \
	(FMAG_STEP(), __atomic_store_n((p), (v), __ATOMIC_RELAXED))
#define fmag_store_release(p, v) \
	(FMAG_STEP(), __atomic_store_n((p), (v), __ATOMIC_RELEASE))

/*
 * Many words that others may look at meanwhile, each copied whole: no compiler
 * does that with relaxed accesses but one by one. A pair at a time where nobody
 * watches; volatile, so that it is not done by whatever memcpy() does.
 */
typedef uint64_t fmag_word_pair
	__attribute__((vector_size(16), aligned(8), may_alias));

static inline void fmag_copy_relaxed(
	uint64_t *to, const uint64_t *from, size_t count)
{
	size_t i = 0;

#ifndef FMAG_WATCHED
	for (; i + 4 <= count; i += 4) {
		const volatile fmag_word_pair *source =
			(const volatile fmag_word_pair *)(const void *)(from +
				i);
		volatile fmag_word_pair *target =
			(volatile fmag_word_pair *)(void *)(to + i);
		fmag_word_pair first = source[0], second = source[1];

		target[0] = first;
		target[1] = second;
	}
#endif
	for (; i < count; i++)
		fmag_store_relaxed(&to[i], fmag_load_relaxed(&from[i]));
}

#define fmag_exchange_relaxed(p, v) \
	(FMAG_STEP(), __atomic_exchange_n((p), (v), __ATOMIC_RELAXED))

#define fmag_exchange_acquire(p, v) \
	(FMAG_STEP(), __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE))

#define fmag_exchange_acq_rel(p, v) \
	(FMAG_STEP(), __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL))

/* The value before. */
#define fmag_add_relaxed(p, v) \
	(FMAG_STEP(), __atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define fmag_add_acq_rel(p, v) \
	(FMAG_STEP(), __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL))
#define fmag_add_release(p, v) \
	(FMAG_STEP(), __atomic_fetch_add((p), (v), __ATOMIC_RELEASE))
#define fmag_sub_relaxed(p, v) \
	(FMAG_STEP(), __atomic_fetch_sub((p), (v), __ATOMIC_RELAXED))
#define fmag_sub_release(p, v) \
	(FMAG_STEP(), __atomic_fetch_sub((p), (v), __ATOMIC_RELEASE))
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
#define fmag_cas_release(p, expected, desired) \
	fmag_cas_(p, expected, desired, __ATOMIC_RELEASE, __ATOMIC_RELAXED)
#define fmag_cas_acquire(p, expected, desired) \
	fmag_cas_(p, expected, desired, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)
#define fmag_cas_acq_rel(p, expected, desired) \
	fmag_cas_(p, expected, desired, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

#endif
