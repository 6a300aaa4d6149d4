/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Concurrency Kit's primitives, for builds in which a tool must see them: under
 * ThreadSanitizer (FMAG_TSAN_SHIM) and under the explorer of interleavings
 * (FMAG_EXPLORE). CK's own are inline assembly, which neither sees.
 *
 * It comes first on the include path and carries CK's name, because ck_stack.h
 * asks for that; it defines what ck_stack.h uses, tells CK's own header that
 * all primitives are there (CK_F_PR), that there is no assembly
 * (CK_USE_CC_BUILTINS) and that each fence counts (CK_MD_RMO, on any machine),
 * and then includes it.
 *
 * Accesses are relaxed, as CK means them; the order is in its fences. No
 * compiler models a fence for ThreadSanitizer, so they are modelled here:
 *
 *   load     notes its address; a fence that orders loads then acquires on
 *            each address noted (C11: a relaxed load before an acquire fence)
 *   store    after a fence that orders stores, releases on its address first
 *            (C11: a relaxed store after a release fence)
 *
 * All err on the side of silence, never of a false report: an acquire takes
 * what lies at the address at the fence, which may be newer than what the load
 * saw; a release covers what the thread did up to the store, not the fence; a
 * compare-and-swap that fails has released too. Before the store, not with it:
 * a thread that sees the value must find the release, and clang 14's runtime
 * leaves out an acquire on an address of which the first release is under way.
 *
 * FMAG_STEP() runs before each access to memory, as in src/base/atomic.h. Not
 * before a fence: between a fence and the access that follows it no other
 * thread can do what it could not do before the fence.
 */
#ifndef FMAG_TSAN_CK_PR_H
#define FMAG_TSAN_CK_PR_H

#if !defined(FMAG_TSAN_SHIM) && !defined(FMAG_EXPLORE)
#error "This ck_pr.h is for ThreadSanitizer and exploration builds only"
#endif
#if !defined(__x86_64__)
#error "The double-wide compare-and-swap is written for x86-64 only"
#endif
#ifdef CK_PR_H
#error "CK's own ck_pr.h was included first: its assembly would not be seen"
#endif

#include <stdbool.h>
#include <stdint.h>

#define CK_F_PR
#define CK_F_PR_CAS_PTR_2_VALUE
#undef CK_USE_CC_BUILTINS
#define CK_USE_CC_BUILTINS 1
#undef CK_MD_RMO
#define CK_MD_RMO

#ifndef FMAG_STEP
#define FMAG_STEP() ((void)0)
#endif

#if defined(__SANITIZE_THREAD__)
#define FMAG_SHIM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FMAG_SHIM_TSAN 1
#endif
#endif

/* The inlines are static: where nothing calls one, that is no warning. */
#define FMAG_SHIM static inline __attribute__((unused))

#ifdef FMAG_SHIM_TSAN
#include <sanitizer/tsan_interface.h>

/* What the compiler puts before a plain load; in no header. */
void __tsan_read8(void *address);

/* Loads between two fences: ck_stack's pop has three. */
#define FMAG_SHIM_LOADS 8

/* Handlers that interrupt one another between a fence and its store. */
#define FMAG_SHIM_FENCES 4

/*
 * A fence and its store are at most this far apart on the stack; a handler that
 * runs between them is further away, by the frame that the kernel pushes.
 */
#define FMAG_SHIM_REACH 768

/* One a thread. Whoever switches threads by hand gives FMAG_SHIM_STATE(). */
struct fmag_shim_state {
	/* Since the last fence that orders loads. */
	void *loads[FMAG_SHIM_LOADS];
	unsigned load_count;
	/*
	 * Where on the stack the fences of stores stand whose store is to come.
	 * 0: none. More than one only where a handler interrupts between the
	 * two: its stores must not be taken for the one that is to come.
	 */
	uintptr_t fences[FMAG_SHIM_FENCES];
};

#ifndef FMAG_SHIM_STATE
static __thread struct fmag_shim_state fmag_shim_state_;
#define FMAG_SHIM_STATE() (&fmag_shim_state_)
#endif

/* With more loads than there is room for, the last ones count. */
FMAG_SHIM void fmag_shim_loaded(const void *target)
{
	struct fmag_shim_state *state = FMAG_SHIM_STATE();

	state->loads[state->load_count++ % FMAG_SHIM_LOADS] =
		(void *)(uintptr_t)target;
}

FMAG_SHIM void fmag_shim_fence_loads(void)
{
	struct fmag_shim_state *state = FMAG_SHIM_STATE();
	unsigned count = state->load_count;

	state->load_count = 0;
	if (count > FMAG_SHIM_LOADS)
		count = FMAG_SHIM_LOADS;
	for (unsigned i = 0; i < count; i++)
		__tsan_acquire(state->loads[i]);
}

/* The fence that a store made `here` completes; NULL where there is none. */
FMAG_SHIM uintptr_t *fmag_shim_fence_of(uintptr_t here)
{
	struct fmag_shim_state *state = FMAG_SHIM_STATE();

	for (unsigned i = 0; i < FMAG_SHIM_FENCES; i++) {
		uintptr_t there = state->fences[i];

		if (there != 0 &&
			(there > here ? there - here : here - there) <
				FMAG_SHIM_REACH)
			return &state->fences[i];
	}
	return NULL;
}

FMAG_SHIM void fmag_shim_fence_stores(void)
{
	struct fmag_shim_state *state = FMAG_SHIM_STATE();
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (fmag_shim_fence_of(here) != NULL)
		return;
	for (unsigned i = 0; i < FMAG_SHIM_FENCES; i++) {
		if (state->fences[i] == 0) {
			state->fences[i] = here;
			return;
		}
	}
}

/* Before a store. */
FMAG_SHIM void fmag_shim_storing(void *target)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	if (fmag_shim_fence_of(here) != NULL)
		__tsan_release(target);
}

FMAG_SHIM void fmag_shim_stored(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t *fence = fmag_shim_fence_of(here);

	if (fence != NULL)
		*fence = 0;
}

/*
 * By whoever has popped the entry that `link` is in. A push published it, and
 * nobody else writes it now; so a plain read, seen by TSan alone, must not
 * race with the push's atomic write. Where it does, an order is missing.
 */
FMAG_SHIM void fmag_shim_owned(const void *link)
{
	__tsan_read8((void *)(uintptr_t)link);
}
#else
/* One thread at a time runs, each seeing all that the others did. */
FMAG_SHIM void fmag_shim_loaded(const void *target)
{
	(void)target;
}

FMAG_SHIM void fmag_shim_fence_loads(void)
{
}

FMAG_SHIM void fmag_shim_fence_stores(void)
{
}

FMAG_SHIM void fmag_shim_storing(void *target)
{
	(void)target;
}

FMAG_SHIM void fmag_shim_stored(void)
{
}

FMAG_SHIM void fmag_shim_owned(const void *link)
{
	(void)link;
}
#endif

/* Accesses */

FMAG_SHIM void *ck_pr_md_load_ptr(const void *target)
{
	void *const *word = target;
	void *value;

	FMAG_STEP();
	value = __atomic_load_n(word, __ATOMIC_RELAXED);
	fmag_shim_loaded(target);
	return value;
}

FMAG_SHIM void ck_pr_md_store_ptr(void *target, const void *value)
{
	void **word = target;
	void *stored = (void *)(uintptr_t)value;

	FMAG_STEP();
	fmag_shim_storing(target);
	__atomic_store_n(word, stored, __ATOMIC_RELAXED);
	fmag_shim_stored();
}

/* *value is what was there, whether it was `compare` or not. */
FMAG_SHIM bool ck_pr_cas_ptr_value(
	void *target, void *compare, void *set, void *value)
{
	void **word = target;
	bool done;

	FMAG_STEP();
	fmag_shim_storing(target);
	done = __atomic_compare_exchange_n(
		word, &compare, set, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	fmag_shim_loaded(target);
	if (done)
		fmag_shim_stored();
	*(void **)value = compare;
	return done;
}

FMAG_SHIM bool ck_pr_cas_ptr(void *target, void *compare, void *set)
{
	void *value;

	return ck_pr_cas_ptr_value(target, compare, set, &value);
}

FMAG_SHIM void *ck_pr_fas_ptr(void *target, void *value)
{
	void **word = target;
	void *previous;

	FMAG_STEP();
	fmag_shim_storing(target);
	previous = __atomic_exchange_n(word, value, __ATOMIC_RELAXED);
	fmag_shim_loaded(target);
	fmag_shim_stored();
	return previous;
}

/* A pointer's word, whatever type it has elsewhere. */
typedef uint64_t __attribute__((may_alias)) fmag_shim_word;

/*
 * What TSan is told of the double-wide compare-and-swap: an atomic access of
 * each word, that leaves it as it is; volatile, since otherwise clang makes a
 * load of it. Never a 16-byte builtin: the runtimes make those atomic by a lock
 * of their own, and so not against 8-byte accesses.
 */
FMAG_SHIM void fmag_shim_tell(fmag_shim_word *word)
{
	fmag_shim_storing(word);
#ifdef FMAG_SHIM_TSAN
	__atomic_fetch_or((volatile fmag_shim_word *)word, 0, __ATOMIC_RELAXED);
#endif
	fmag_shim_loaded(word);
}

/* `value` may be `compare`. */
FMAG_SHIM bool ck_pr_cas_ptr_2_value(
	void *target, void *compare, void *set, void *value)
{
	fmag_shim_word *words = target;
	void *const *desired = set;
	void **expected = compare;
	void **found = value;
	void *low = expected[0], *high = expected[1];
	bool done;

	FMAG_STEP();
	fmag_shim_tell(&words[0]);
	fmag_shim_tell(&words[1]);
	__asm__ __volatile__("lock cmpxchg16b %1"
			     : "=@ccz"(done), "+m"(*(char(*)[16])target),
			     "+a"(low), "+d"(high)
			     : "b"(desired[0]), "c"(desired[1])
			     : "memory");
	if (done)
		fmag_shim_stored();
	found[0] = low;
	found[1] = high;
	return done;
}

FMAG_SHIM bool ck_pr_cas_ptr_2(void *target, void *compare, void *set)
{
	void *value[2];

	return ck_pr_cas_ptr_2_value(target, compare, set, value);
}

FMAG_SHIM void ck_pr_stall(void)
{
}

/*
 * Fences, by what they order: CK's ck_pr_fence_NAME calls the strict one on a
 * machine that is CK_MD_RMO. An atomic access is a load and a store.
 */
#define FMAG_SHIM_FENCE(name, loads, stores)             \
	FMAG_SHIM void ck_pr_fence_strict_##name(void)   \
	{                                                \
		__atomic_signal_fence(__ATOMIC_SEQ_CST); \
		if (loads)                               \
			fmag_shim_fence_loads();         \
		if (stores)                              \
			fmag_shim_fence_stores();        \
	}
/* clang-format off */
FMAG_SHIM_FENCE(load,         true,  false)
FMAG_SHIM_FENCE(load_atomic,  true,  false)
FMAG_SHIM_FENCE(load_store,   true,  false)
FMAG_SHIM_FENCE(atomic_load,  true,  false)
FMAG_SHIM_FENCE(acquire,      true,  false)
FMAG_SHIM_FENCE(store,        false, true)
FMAG_SHIM_FENCE(store_atomic, false, true)
FMAG_SHIM_FENCE(release,      false, true)
FMAG_SHIM_FENCE(atomic_store, true,  true)
FMAG_SHIM_FENCE(store_load,   true,  true)
FMAG_SHIM_FENCE(atomic,       true,  true)
FMAG_SHIM_FENCE(memory,       true,  true)
FMAG_SHIM_FENCE(acqrel,       true,  true)
FMAG_SHIM_FENCE(lock,         true,  true)
FMAG_SHIM_FENCE(unlock,       true,  true)
/* clang-format on */
#undef FMAG_SHIM_FENCE

#include_next <ck_pr.h>

#endif
