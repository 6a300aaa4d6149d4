/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Concurrency Kit's primitives for the counting build: its own are assembly,
 * which the compiler puts no hook before. Found ahead of CK's ck_pr.h, which it
 * tells that all primitives are there, and includes (tsan/include/ck_pr.h does
 * likewise for ThreadSanitizer). So each access is a builtin, and seen
 * (counted/watch.c), but the double-wide compare-and-swap, which is a call.
 */
#ifndef BENCH_SCALING_CK_PR_H
#define BENCH_SCALING_CK_PR_H

#ifdef CK_PR_H
#error "CK's own ck_pr.h was included first: its assembly would not be seen"
#endif

#include <stdbool.h>

#define CK_F_PR
#define CK_F_PR_CAS_PTR_2_VALUE
#undef CK_USE_CC_BUILTINS
#define CK_USE_CC_BUILTINS 1

#define COUNTED static inline __attribute__((unused))

/* Counts one read-modify-write; *value is what was there. */
bool watch_cas_pair(void *target, void *compare, void *set, void *value);

COUNTED void *ck_pr_md_load_ptr(const void *target)
{
	void *const *word = target;

	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

COUNTED void ck_pr_md_store_ptr(void *target, const void *value)
{
	void **word = target;

	__atomic_store_n(
		word, (void *)(__UINTPTR_TYPE__)value, __ATOMIC_RELEASE);
}

COUNTED bool ck_pr_cas_ptr_value(
	void *target, void *compare, void *set, void *value)
{
	void **word = target;
	bool done = __atomic_compare_exchange_n(
		word, &compare, set, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);

	*(void **)value = compare;
	return done;
}

COUNTED bool ck_pr_cas_ptr(void *target, void *compare, void *set)
{
	void *value;

	return ck_pr_cas_ptr_value(target, compare, set, &value);
}

COUNTED void *ck_pr_fas_ptr(void *target, void *value)
{
	void **word = target;

	return __atomic_exchange_n(word, value, __ATOMIC_ACQ_REL);
}

COUNTED bool ck_pr_cas_ptr_2_value(
	void *target, void *compare, void *set, void *value)
{
	return watch_cas_pair(target, compare, set, value);
}

COUNTED bool ck_pr_cas_ptr_2(void *target, void *compare, void *set)
{
	void *value[2];

	return watch_cas_pair(target, compare, set, value);
}

COUNTED void ck_pr_stall(void)
{
}

/* Fences are no accesses; the orders that are needed are in the builtins. */
#define COUNTED_FENCE(name)                              \
	COUNTED void ck_pr_fence_strict_##name(void)     \
	{                                                \
		__atomic_signal_fence(__ATOMIC_SEQ_CST); \
	}
COUNTED_FENCE(load)
COUNTED_FENCE(load_atomic)
COUNTED_FENCE(load_store)
COUNTED_FENCE(atomic_load)
COUNTED_FENCE(acquire)
COUNTED_FENCE(store)
COUNTED_FENCE(store_atomic)
COUNTED_FENCE(release)
COUNTED_FENCE(atomic_store)
COUNTED_FENCE(store_load)
COUNTED_FENCE(atomic)
COUNTED_FENCE(memory)
COUNTED_FENCE(acqrel)
COUNTED_FENCE(lock)
COUNTED_FENCE(unlock)
#undef COUNTED_FENCE

#include_next <ck_pr.h>

#endif
