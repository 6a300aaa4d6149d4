/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The primitives of fmag/detail/rseq.h as builds with FMAG_TEST_DISTURBED have
 * them (FMAG_RSEQ_PRIMITIVES_): before its last instruction each section goes
 * on for a while, so that the kernel aborts many of them there, and each abort
 * is counted where the kernel's jump arrives.
 */
#ifndef TESTS_SUPPORT_RSEQ_DISTURBED_H
#define TESTS_SUPPORT_RSEQ_DISTURBED_H

#include <fmag/detail/rseq.h>

#if FMAG_HAS_RSEQ_

/* Of the process; all 0 in undisturbed builds. */
extern uint64_t rseq_aborts[5];

/*
 * Of pop, push and their bulk kin, which nothing but the kernel aborts. (An
 * install says so, too, where a detach was faster.)
 */
static inline uint64_t rseq_aborts_of_hits(void)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < 4; i++)
		sum += __atomic_load_n(&rseq_aborts[i], __ATOMIC_RELAXED);
	return sum;
}

#ifdef FMAG_TEST_DISTURBED

/* Some 0.3 us. */
#undef FMAG_RSEQ_INJECT_
#if defined(__x86_64__)
#define FMAG_RSEQ_INJECT_ ".rept 24\n\tpause\n\t.endr\n\t"
#else
#define FMAG_RSEQ_INJECT_ ".rept 24\n\tisb\n\t.endr\n\t"
#endif

#define fmag_rseq_pop       undisturbed_pop
#define fmag_rseq_push      undisturbed_push
#define fmag_rseq_pop_many  undisturbed_pop_many
#define fmag_rseq_push_many undisturbed_push_many
#define fmag_rseq_install   undisturbed_install
#if defined(__x86_64__)
#include <fmag/detail/rseq_x86_64.h>
#else
#include <fmag/detail/rseq_aarch64.h>
#endif
#undef fmag_rseq_pop
#undef fmag_rseq_push
#undef fmag_rseq_pop_many
#undef fmag_rseq_push_many
#undef fmag_rseq_install

static inline enum fmag_rseq_result rseq_counted(
	unsigned primitive, enum fmag_rseq_result result)
{
	if (result == FMAG_RSEQ_ABORTED)
		__atomic_fetch_add(
			&rseq_aborts[primitive], 1, __ATOMIC_RELAXED);
	return result;
}

FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_pop(
	const struct fmag_hot *hot, fmag_hpa_t *out)
{
	return rseq_counted(0, undisturbed_pop(hot, out));
}

FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_push(
	const struct fmag_hot *hot, fmag_hpa_t frame)
{
	return rseq_counted(1, undisturbed_push(hot, frame));
}

FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_pop_many(
	const struct fmag_hot *hot, fmag_hpa_t *to, size_t count, size_t *done)
{
	return rseq_counted(2, undisturbed_pop_many(hot, to, count, done));
}

FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_push_many(
	const struct fmag_hot *hot, const fmag_hpa_t *from, size_t count,
	size_t *done)
{
	return rseq_counted(3, undisturbed_push_many(hot, from, count, done));
}

FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_install(
	const struct fmag_hot *hot, struct fmag_magazine *magazine,
	uint64_t stay, unsigned cpu, struct fmag_magazine **old)
{
	return rseq_counted(
		4, undisturbed_install(hot, magazine, stay, cpu, old));
}

#endif

#endif

#endif
