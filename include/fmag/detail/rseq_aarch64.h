/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The primitives of fmag/detail/rseq.h for AArch64, built as those for x86-64
 * are (rseq_x86_64.h).
 *
 * Pop and push need no order of their own. Threads of one CPU are ordered by
 * its context switches; whoever takes a magazine away waits for a barrier on
 * that CPU (membarrier) before it touches it. Install is an acquire and a
 * release: what the magazine's holder did comes before, what the next holder of
 * the old one does comes after.
 */
#ifndef FMAG_DETAIL_RSEQ_AARCH64_H
#define FMAG_DETAIL_RSEQ_AARCH64_H

#include <fmag/detail/rseq.h>

#if FMAG_HAS_RSEQ_ && defined(__aarch64__)

/* Tables of instructions. */
/* clang-format off */

/* What the kernel wants to see before an abort handler: a `brk`. */
#define FMAG_RSEQ_SIGNATURE_ "0xd428bc00"

/* "?": as in rseq_x86_64.h. */
#define FMAG_RSEQ_DESCRIPTOR_                                          \
	".pushsection __rseq_cs, \"aw?\"\n\t"                          \
	".balign 32\n\t"                                               \
	"3:\n\t"                                                       \
	".long 0, 0\n\t"                                               \
	".quad 1f, 2f - 1f, 4f\n\t"                                    \
	".popsection\n\t"                                              \
	".pushsection __rseq_abort, \"ax?\", @progbits\n\t"            \
	".balign 4\n\t"                                                \
	".inst " FMAG_RSEQ_SIGNATURE_ "\n\t"                           \
	"4:\n\t"                                                       \
	"b %l[aborted]\n\t"                                            \
	".popsection\n\t"

/* Arms; `area` is the area's address afterwards. */
#define FMAG_RSEQ_BEGIN_(area, tmp)                                    \
	FMAG_RSEQ_DESCRIPTOR_                                          \
	"ldr %[" area "], [%[hot], %[offset]]\n\t"                     \
	"mrs %[" tmp "], tpidr_el0\n\t"                                \
	"add %[" area "], %[" area "], %[" tmp "]\n\t"                 \
	"adrp %[" tmp "], 3b\n\t"                                      \
	"add %[" tmp "], %[" tmp "], :lo12:3b\n\t"                     \
	"str %[" tmp "], [%[" area "], %[cs]]\n\t"                     \
	"1:\n\t"

/* The CPU's slot; `area` is scratch from here. */
#define FMAG_RSEQ_SLOT_(area, slot)                                    \
	"ldr %w[" slot "], [%[" area "], %[cpu_id]]\n\t"               \
	"ldr %w[" area "], [%[hot], %[count]]\n\t"                     \
	"cmp %w[" slot "], %w[" area "]\n\t"                           \
	"b.hs %l[miss]\n\t"                                            \
	"add %[" slot "], %[hot], %[" slot "], lsl %[shift]\n\t"

#define FMAG_RSEQ_MAGAZINE_(area, magazine)                            \
	FMAG_RSEQ_SLOT_(area, magazine)                                \
	"ldr %[" magazine "], [%[" magazine "], %[loaded]]\n\t"

#define FMAG_RSEQ_END_ "2:\n\t"

FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_pop(
	const struct fmag_hot *hot, fmag_hpa_t *out)
{
	uint64_t magazine, word, frame;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("frame", "word")
		FMAG_RSEQ_MAGAZINE_("frame", "magazine")
		"ldr %[word], [%[magazine]]\n\t"
		"ands %[frame], %[word], #0xffff\n\t"
		"b.eq %l[miss]\n\t"
		"add %[frame], %[magazine], %[frame], lsl #3\n\t"
		"ldr %[frame], [%[frame], %[top]]\n\t"
		"sub %[word], %[word], #1\n\t"
		FMAG_RSEQ_INJECT_
		"str %[word], [%[magazine]]\n\t"
		FMAG_RSEQ_END_
		: [frame] "=&r"(frame), [magazine] "=&r"(magazine),
		  [word] "=&r"(word)
		: FMAG_RSEQ_OPERANDS_
		: "memory", "cc"
		: miss, aborted);
	FMAG_RSEQ_LEFT_();
	*out = frame;
	return FMAG_RSEQ_DONE;
	FMAG_RSEQ_WAY_OUT_(miss, FMAG_RSEQ_MISS);
	FMAG_RSEQ_WAY_OUT_(aborted, FMAG_RSEQ_ABORTED);
}

/* Of an empty magazine the frame on top is its link: NULL, and so no frame. */
FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_push(
	const struct fmag_hot *hot, fmag_hpa_t frame)
{
	uint64_t magazine, word, place, top, scratch;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("scratch", "word")
		FMAG_RSEQ_MAGAZINE_("scratch", "magazine")
		"ldr %[word], [%[magazine]]\n\t"
		"and %[place], %[word], #0xffff\n\t"
		"add %[top_], %[magazine], %[place], lsl #3\n\t"
		"ldr %[scratch], [%[top_], %[top]]\n\t"
		"cmp %[scratch], %[frame]\n\t"
		"b.eq %l[repeat]\n\t"
		"ldr %w[scratch], [%[magazine], %[limit]]\n\t"
		"cmp %[place], %[scratch]\n\t"
		"b.hs %l[miss]\n\t"
		"str %[frame], [%[top_], %[frames]]\n\t"
		"add %[word], %[word], #1\n\t"
		"add %[word], %[word], %[move]\n\t"
		FMAG_RSEQ_INJECT_
		"str %[word], [%[magazine]]\n\t"
		FMAG_RSEQ_END_
		: [magazine] "=&r"(magazine), [word] "=&r"(word),
		  [place] "=&r"(place), [top_] "=&r"(top),
		  [scratch] "=&r"(scratch)
		: [frame] "r"(frame), FMAG_RSEQ_OPERANDS_
		: "memory", "cc"
		: miss, repeat, aborted);
	FMAG_RSEQ_LEFT_();
	return FMAG_RSEQ_DONE;
	FMAG_RSEQ_WAY_OUT_(repeat, FMAG_RSEQ_REPEAT);
	FMAG_RSEQ_WAY_OUT_(miss, FMAG_RSEQ_MISS);
	FMAG_RSEQ_WAY_OUT_(aborted, FMAG_RSEQ_ABORTED);
}

/*
 * Copies `left` frames, one or more, the last ones first: one, then two, then
 * four at a time. `left` is 0 afterwards. Before the commit, so an abort may
 * leave some of the destination written.
 */
#define FMAG_RSEQ_COPY_(from, to, left, tmp)                           \
	"tbz %[" left "], #0, 5f\n\t"                                  \
	"sub %[" left "], %[" left "], #1\n\t"                         \
	"ldr %[" tmp "], [%[" from "], %[" left "], lsl #3]\n\t"       \
	"str %[" tmp "], [%[" to "], %[" left "], lsl #3]\n\t"         \
	"5:\n\t"                                                       \
	"tbz %[" left "], #1, 6f\n\t"                                  \
	"sub %[" left "], %[" left "], #2\n\t"                         \
	"add %[" tmp "], %[" from "], %[" left "], lsl #3\n\t"         \
	"ldr q0, [%[" tmp "]]\n\t"                                     \
	"add %[" tmp "], %[" to "], %[" left "], lsl #3\n\t"           \
	"str q0, [%[" tmp "]]\n\t"                                     \
	"6:\n\t"                                                       \
	"cbz %[" left "], 8f\n\t"                                      \
	"7:\n\t"                                                       \
	"sub %[" left "], %[" left "], #4\n\t"                         \
	"add %[" tmp "], %[" from "], %[" left "], lsl #3\n\t"         \
	"ldp q0, q1, [%[" tmp "]]\n\t"                                 \
	"add %[" tmp "], %[" to "], %[" left "], lsl #3\n\t"           \
	"stp q0, q1, [%[" tmp "]]\n\t"                                 \
	"cbnz %[" left "], 7b\n\t"                                     \
	"8:\n\t"

/* *done is how many, on DONE: one or more. `count` is not 0. */
FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_pop_many(
	const struct fmag_hot *hot, fmag_hpa_t *to, size_t count, size_t *done)
{
	uint64_t magazine, from, left, taken, word, scratch;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("left", "from")
		FMAG_RSEQ_MAGAZINE_("left", "magazine")
		"ldr %[word], [%[magazine]]\n\t"
		"ands %[from], %[word], #0xffff\n\t"
		"b.eq %l[miss]\n\t"
		"cmp %[wanted], %[from]\n\t"
		"csel %[taken], %[wanted], %[from], lo\n\t"
		"sub %[from], %[from], %[taken]\n\t"
		"add %[from], %[magazine], %[from], lsl #3\n\t"
		"add %[from], %[from], %[frames]\n\t"
		"mov %[left], %[taken]\n\t"
		FMAG_RSEQ_COPY_("from", "to", "left", "scratch")
		"sub %[word], %[word], %[taken]\n\t"
		FMAG_RSEQ_INJECT_
		"str %[word], [%[magazine]]\n\t"
		FMAG_RSEQ_END_
		: [magazine] "=&r"(magazine), [from] "=&r"(from),
		  [left] "=&r"(left), [taken] "=&r"(taken),
		  [word] "=&r"(word), [scratch] "=&r"(scratch)
		: [to] "r"(to), [wanted] "r"(count), FMAG_RSEQ_OPERANDS_
		: "memory", "cc", "v0", "v1"
		: miss, aborted);
	FMAG_RSEQ_LEFT_();
	*done = taken;
	return FMAG_RSEQ_DONE;
	FMAG_RSEQ_WAY_OUT_(miss, FMAG_RSEQ_MISS);
	FMAG_RSEQ_WAY_OUT_(aborted, FMAG_RSEQ_ABORTED);
}

/* As above; REPEAT where the first frame lies on top already. */
FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_push_many(
	const struct fmag_hot *hot, const fmag_hpa_t *from, size_t count,
	size_t *done)
{
	uint64_t magazine, to, left, added, word, scratch;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("left", "to")
		FMAG_RSEQ_MAGAZINE_("left", "magazine")
		"ldr %[word], [%[magazine]]\n\t"
		"and %[to], %[word], #0xffff\n\t"
		"add %[left], %[magazine], %[to], lsl #3\n\t"
		"ldr %[scratch], [%[left], %[top]]\n\t"
		"ldr %[added], [%[from]]\n\t"
		"cmp %[scratch], %[added]\n\t"
		"b.eq %l[repeat]\n\t"
		"ldr %w[left], [%[magazine], %[limit]]\n\t"
		"subs %[left], %[left], %[to]\n\t"
		"b.ls %l[miss]\n\t"
		"add %[to], %[magazine], %[to], lsl #3\n\t"
		"cmp %[wanted], %[left]\n\t"
		"csel %[added], %[wanted], %[left], lo\n\t"
		"add %[to], %[to], %[frames]\n\t"
		"mov %[left], %[added]\n\t"
		FMAG_RSEQ_COPY_("from", "to", "left", "scratch")
		"add %[word], %[word], %[added]\n\t"
		"add %[word], %[word], %[move]\n\t"
		FMAG_RSEQ_INJECT_
		"str %[word], [%[magazine]]\n\t"
		FMAG_RSEQ_END_
		: [magazine] "=&r"(magazine), [to] "=&r"(to),
		  [left] "=&r"(left), [added] "=&r"(added),
		  [word] "=&r"(word), [scratch] "=&r"(scratch)
		: [from] "r"(from), [wanted] "r"(count), FMAG_RSEQ_OPERANDS_
		: "memory", "cc", "v0", "v1"
		: miss, repeat, aborted);
	FMAG_RSEQ_LEFT_();
	*done = added;
	return FMAG_RSEQ_DONE;
	FMAG_RSEQ_WAY_OUT_(repeat, FMAG_RSEQ_REPEAT);
	FMAG_RSEQ_WAY_OUT_(miss, FMAG_RSEQ_MISS);
	FMAG_RSEQ_WAY_OUT_(aborted, FMAG_RSEQ_ABORTED);
}

/*
 * Exchanges CPU `cpu`'s magazine for `magazine` if the stay of that is `stay`
 * still. ABORTED also on another CPU, and where the exclusive store fails.
 */
FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_install(
	const struct fmag_hot *hot, struct fmag_magazine *magazine,
	uint64_t stay, unsigned cpu, struct fmag_magazine **old)
{
	const char *place = (const char *)hot +
		((uint64_t)cpu << FMAG_RSEQ_SLOT_SHIFT_);
	uint64_t slot, area, found, failed;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("area", "slot")
		FMAG_RSEQ_SLOT_("area", "slot")
		"cmp %[slot], %[place]\n\t"
		"b.ne %l[aborted]\n\t"
		"add %[slot], %[slot], %[loaded]\n\t"
		"ldr %[found], [%[magazine], %[stay]]\n\t"
		"cmp %[found], %[meant]\n\t"
		"b.ne %l[miss]\n\t"
		FMAG_RSEQ_INJECT_
		"ldaxr %[found], [%[slot]]\n\t"
		"stlxr %w[failed], %[magazine], [%[slot]]\n\t"
		FMAG_RSEQ_END_
		: [slot] "=&r"(slot), [area] "=&r"(area),
		  [found] "=&r"(found), [failed] "=&r"(failed)
		: [magazine] "r"(magazine), [meant] "r"(stay),
		  [place] "r"(place), FMAG_RSEQ_OPERANDS_
		: "memory", "cc"
		: miss, aborted);
	FMAG_RSEQ_LEFT_();
	*old = (struct fmag_magazine *)found;
	return (uint32_t)failed == 0 ? FMAG_RSEQ_DONE : FMAG_RSEQ_ABORTED;
	FMAG_RSEQ_WAY_OUT_(miss, FMAG_RSEQ_MISS);
	FMAG_RSEQ_WAY_OUT_(aborted, FMAG_RSEQ_ABORTED);
}

/* clang-format on */

#endif

#endif
