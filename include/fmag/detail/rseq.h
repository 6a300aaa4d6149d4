/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restartable sequences: what the rseq front does to a CPU's loaded magazine.
 * Not for use on its own: fmag/inline.h is.
 *
 * A section is a piece of code that the kernel aborts, by a jump to its abort
 * handler, where its thread is preempted, migrated or interrupted by a signal
 * inside it, or where another thread asks for that (membarrier). So between the
 * load of cpu_id and its last instruction, which is its only store that anyone
 * can see, nobody else is on that CPU's slot; no lock, and no locked instruction.
 * Sources: Linux, include/uapi/linux/rseq.h and Documentation/userspace-api.
 *
 * Each primitive is one section, written once for each architecture, and stated
 * in C in src/front/rseq_statement.h, which the explorer runs and the assembly
 * is compared with (tests/unit/test_rseq.c):
 *
 *   fmag_rseq_pop        takes the top frame
 *   fmag_rseq_push       puts a frame on top
 *   fmag_rseq_pop_many   takes up to `count` frames off the top
 *   fmag_rseq_push_many  puts up to `count` frames on top
 *   fmag_rseq_install    exchanges the magazine for another
 *
 * All return enum fmag_rseq_result, and change nothing but on DONE. An abort is
 * answered by trying again, by the front; not here, where it would be inlined.
 */
#ifndef FMAG_DETAIL_RSEQ_H
#define FMAG_DETAIL_RSEQ_H

#include <stddef.h>

#include <fmag/detail/layout.h>

/*
 * Whether hits are sections in this build. A cache that has another front, on a
 * system without rseq, say, has its slots closed for them: they all miss. What
 * a client runs under ThreadSanitizer is the claim front.
 */
#ifndef FMAG_HAS_RSEQ_
#if defined(__linux__) && __STDC_HOSTED__ &&             \
	(defined(__x86_64__) || defined(__aarch64__)) && \
	!defined(FMAG_FOR_TSAN)
#define FMAG_HAS_RSEQ_ 1
#else
#define FMAG_HAS_RSEQ_ 0
#endif
#endif

enum fmag_rseq_result {
	FMAG_RSEQ_DONE = 0,
	/*
	 * Nothing to take, no room, or the CPU has no slot. Of install: the
	 * magazine's stay is over.
	 */
	FMAG_RSEQ_MISS,
	FMAG_RSEQ_REPEAT, /* the frame lies on top already */
	FMAG_RSEQ_ABORTED,
};

/* Of struct rseq, which the kernel keeps. */
#define FMAG_RSEQ_CPU_ID_ 4
#define FMAG_RSEQ_CS_     8

/*
 * First on each way out of a section. gcc before 11.5, 12.4 and 13.3 stores its
 * outputs late, over what the way sets at once, if they share a register (PR
 * 113921).
 */
#define FMAG_RSEQ_LEFT_() __asm__ volatile("")
#define FMAG_RSEQ_WAY_OUT_(label, result) \
	label:                            \
	FMAG_RSEQ_LEFT_();                \
	return result

#define FMAG_RSEQ_INLINE_ static inline __attribute__((always_inline))

/*
 * Test builds put instructions here, before each section's last one, so that it
 * is long enough to be aborted.
 */
#ifndef FMAG_RSEQ_INJECT_
#define FMAG_RSEQ_INJECT_ ""
#endif

/* Offsets that the assembly names; a slot is 1 << FMAG_RSEQ_SLOT_SHIFT_ bytes. */
#define FMAG_RSEQ_SLOT_SHIFT_ 7
#define FMAG_RSEQ_LOADED_ \
	(FMAG_CACHE_SLOTS_ + offsetof(struct fmag_slot, loaded))
/* clang-format off */
#define FMAG_RSEQ_OPERANDS_                                          \
	[hot] "r"(hot),                                              \
	[offset] "i"(offsetof(struct fmag_hot, rseq_offset)),        \
	[count] "i"(offsetof(struct fmag_hot, cpu_count)),           \
	[loaded] "i"(FMAG_RSEQ_LOADED_),                             \
	[cpu_id] "i"(FMAG_RSEQ_CPU_ID_),                             \
	[cs] "i"(FMAG_RSEQ_CS_),                                     \
	[shift] "i"(FMAG_RSEQ_SLOT_SHIFT_),                          \
	[limit] "i"(FMAG_MAGAZINE_LIMIT_),                           \
	[stay] "i"(FMAG_MAGAZINE_STAY_),                             \
	[frames] "i"(FMAG_MAGAZINE_HEAD_SIZE_),                      \
	[top] "i"(FMAG_MAGAZINE_HEAD_SIZE_ - sizeof(fmag_hpa_t)),    \
	[move] "i"(FMAG_MAGAZINE_MOVE_),                             \
	[pushed] "i"(FMAG_MAGAZINE_MOVE_ + 1)
/* clang-format on */

#if FMAG_HAS_RSEQ_

FMAG_RSEQ_INLINE_ char *fmag_thread_pointer(void)
{
	char *pointer;

#if defined(__x86_64__)
	__asm__("movq %%fs:0, %0" : "=r"(pointer));
#else
	__asm__("mrs %0, tpidr_el0" : "=r"(pointer));
#endif
	return pointer;
}

/* The CPU that the thread is on; 2^32 - 1 or so where the kernel says none. */
FMAG_RSEQ_INLINE_ uint32_t fmag_rseq_cpu_id(const struct fmag_hot *hot)
{
	const char *area = fmag_thread_pointer() + hot->rseq_offset;

	return *(const volatile uint32_t *)(const void *)(area +
		FMAG_RSEQ_CPU_ID_);
}

#ifdef FMAG_RSEQ_PRIMITIVES_
#include FMAG_RSEQ_PRIMITIVES_
#elif defined(__x86_64__)
#include <fmag/detail/rseq_x86_64.h>
#elif defined(__aarch64__)
#include <fmag/detail/rseq_aarch64.h>
#endif

#endif

#endif
