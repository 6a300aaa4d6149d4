/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The primitives of fmag/detail/rseq.h for x86-64.
 *
 * Each begins alike: arm (name the section to the kernel), read cpu_id, find the
 * slot. A section is left by a jump without disarming: the kernel looks at where
 * the thread is. Numeric labels: 1 begin, 2 end, 3 descriptor, 4 abort handler.
 *
 * %[frame] and so on are named for what they hold at the end; on the way they
 * are scratch.
 */
#ifndef FMAG_DETAIL_RSEQ_X86_64_H
#define FMAG_DETAIL_RSEQ_X86_64_H

#include <fmag/detail/rseq.h>

#if FMAG_HAS_RSEQ_ && defined(__x86_64__)

/* Tables of instructions. */
/* clang-format off */

/* What the kernel wants to see before an abort handler, inside a `ud1`. */
#define FMAG_RSEQ_SIGNATURE_ "0x53053053"

/*
 * struct rseq_cs, and the abort handler, out of line. "?": in the group that the
 * function is in, if any, since a linker that drops an inline function of C++
 * drops these with it.
 */
#define FMAG_RSEQ_DESCRIPTOR_                                          \
	".pushsection __rseq_cs, \"aw?\"\n\t"                          \
	".balign 32\n\t"                                               \
	"3:\n\t"                                                       \
	".long 0, 0\n\t"                                               \
	".quad 1f, 2f - 1f, 4f\n\t"                                    \
	".popsection\n\t"                                              \
	".pushsection __rseq_abort, \"ax?\", @progbits\n\t"            \
	".byte 0x0f, 0xb9, 0x3d\n\t"                                   \
	".long " FMAG_RSEQ_SIGNATURE_ "\n\t"                           \
	"4:\n\t"                                                       \
	"jmp %l[aborted]\n\t"                                          \
	".popsection\n\t"

/* Arms; `area` and `tmp` are scratch, and area stays the area's offset. */
#define FMAG_RSEQ_BEGIN_(area, tmp)                                    \
	FMAG_RSEQ_DESCRIPTOR_                                          \
	"movq %c[offset](%[hot]), %q[" area "]\n\t"                    \
	"leaq 3b(%%rip), %q[" tmp "]\n\t"                              \
	"movq %q[" tmp "], %%fs:%c[cs](%q[" area "])\n\t"              \
	"1:\n\t"

/* The CPU's magazine, from the area. */
#define FMAG_RSEQ_MAGAZINE_(area, magazine)                            \
	FMAG_RSEQ_SLOT_(area, magazine)                                \
	"movq %c[loaded](%[hot],%q[" magazine "]), %q[" magazine "]\n\t"

/* The CPU's slot, as an offset. */
#define FMAG_RSEQ_SLOT_(area, slot)                                    \
	"movl %%fs:%c[cpu_id](%q[" area "]), %k[" slot "]\n\t"         \
	"cmpl %c[count](%[hot]), %k[" slot "]\n\t"                     \
	"jae %l[miss]\n\t"                                             \
	"shlq %[shift], %q[" slot "]\n\t"

#define FMAG_RSEQ_END_ "2:\n\t"

FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_pop(
	const struct fmag_hot *hot, fmag_hpa_t *out)
{
	uint64_t magazine, rounds, frame;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("frame", "rounds")
		FMAG_RSEQ_MAGAZINE_("frame", "magazine")
		"movzwl (%[magazine]), %k[rounds]\n\t"
		"testl %k[rounds], %k[rounds]\n\t"
		"je %l[miss]\n\t"
		"movq %c[top](%[magazine],%[rounds],8), %[frame]\n\t"
		FMAG_RSEQ_INJECT_
		"decq (%[magazine])\n\t"
		FMAG_RSEQ_END_
		: [frame] "=&r"(frame), [magazine] "=&r"(magazine),
		  [rounds] "=&r"(rounds)
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
	uint64_t area, magazine, rounds;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("area", "rounds")
		FMAG_RSEQ_MAGAZINE_("area", "magazine")
		"movzwl (%[magazine]), %k[rounds]\n\t"
		"cmpq %c[top](%[magazine],%[rounds],8), %[frame]\n\t"
		"je %l[repeat]\n\t"
		"cmpl %c[limit](%[magazine]), %k[rounds]\n\t"
		"jae %l[miss]\n\t"
		"movq %[frame], %c[frames](%[magazine],%[rounds],8)\n\t"
		FMAG_RSEQ_INJECT_
		"addq %[pushed], (%[magazine])\n\t"
		FMAG_RSEQ_END_
		: [area] "=&r"(area), [magazine] "=&r"(magazine),
		  [rounds] "=&r"(rounds)
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
	"testb $1, %b[" left "]\n\t"                                   \
	"je 5f\n\t"                                                    \
	"movq -8(%[" from "],%[" left "],8), %[" tmp "]\n\t"           \
	"movq %[" tmp "], -8(%[" to "],%[" left "],8)\n\t"             \
	"decq %[" left "]\n\t"                                         \
	"5:\n\t"                                                       \
	"testb $2, %b[" left "]\n\t"                                   \
	"je 6f\n\t"                                                    \
	"movups -16(%[" from "],%[" left "],8), %%xmm0\n\t"            \
	"movups %%xmm0, -16(%[" to "],%[" left "],8)\n\t"              \
	"subq $2, %[" left "]\n\t"                                     \
	"6:\n\t"                                                       \
	"testq %[" left "], %[" left "]\n\t"                           \
	"je 8f\n\t"                                                    \
	"7:\n\t"                                                       \
	"movups -16(%[" from "],%[" left "],8), %%xmm0\n\t"            \
	"movups -32(%[" from "],%[" left "],8), %%xmm1\n\t"            \
	"movups %%xmm0, -16(%[" to "],%[" left "],8)\n\t"              \
	"movups %%xmm1, -32(%[" to "],%[" left "],8)\n\t"              \
	"subq $4, %[" left "]\n\t"                                     \
	"jne 7b\n\t"                                                   \
	"8:\n\t"

/* *done is how many, on DONE: one or more. `count` is not 0. */
FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_pop_many(
	const struct fmag_hot *hot, fmag_hpa_t *to, size_t count, size_t *done)
{
	uint64_t magazine, from, left, taken, scratch;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("left", "from")
		FMAG_RSEQ_MAGAZINE_("left", "magazine")
		"movzwl (%[magazine]), %k[from]\n\t"
		"testl %k[from], %k[from]\n\t"
		"je %l[miss]\n\t"
		"movq %[wanted], %[taken]\n\t"
		"cmpq %[from], %[taken]\n\t"
		"cmovaq %[from], %[taken]\n\t"
		"subq %[taken], %[from]\n\t"
		"leaq %c[frames](%[magazine],%[from],8), %[from]\n\t"
		"movq %[taken], %[left]\n\t"
		FMAG_RSEQ_COPY_("from", "to", "left", "scratch")
		FMAG_RSEQ_INJECT_
		"subq %[taken], (%[magazine])\n\t"
		FMAG_RSEQ_END_
		: [magazine] "=&r"(magazine), [from] "=&r"(from),
		  [left] "=&r"(left), [taken] "=&r"(taken),
		  [scratch] "=&r"(scratch)
		: [to] "r"(to), [wanted] "r"(count), FMAG_RSEQ_OPERANDS_
		: "memory", "cc", "xmm0", "xmm1"
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
	uint64_t magazine, to, left, added, scratch;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("left", "to")
		FMAG_RSEQ_MAGAZINE_("left", "magazine")
		"movzwl (%[magazine]), %k[to]\n\t"
		"movq (%[from]), %[scratch]\n\t"
		"cmpq %c[top](%[magazine],%[to],8), %[scratch]\n\t"
		"je %l[repeat]\n\t"
		"movl %c[limit](%[magazine]), %k[left]\n\t"
		"subq %[to], %[left]\n\t"
		"jbe %l[miss]\n\t"
		"cmpq %[wanted], %[left]\n\t"
		"cmovaq %[wanted], %[left]\n\t"
		"leaq %c[frames](%[magazine],%[to],8), %[to]\n\t"
		"movq %[left], %[added]\n\t"
		FMAG_RSEQ_COPY_("from", "to", "left", "scratch")
		"leaq %c[move](%[added]), %[scratch]\n\t"
		FMAG_RSEQ_INJECT_
		"addq %[scratch], (%[magazine])\n\t"
		FMAG_RSEQ_END_
		: [magazine] "=&r"(magazine), [to] "=&r"(to),
		  [left] "=&r"(left), [added] "=&r"(added),
		  [scratch] "=&r"(scratch)
		: [from] "r"(from), [wanted] "r"(count), FMAG_RSEQ_OPERANDS_
		: "memory", "cc", "xmm0", "xmm1"
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
 * still. ABORTED also on another CPU, and where a detach came between, which no
 * section can see.
 */
FMAG_RSEQ_INLINE_ enum fmag_rseq_result fmag_rseq_install(
	const struct fmag_hot *hot, struct fmag_magazine *magazine,
	uint64_t stay, unsigned cpu, struct fmag_magazine **old)
{
	uint64_t slot, area;
	struct fmag_magazine *found;
	bool done;

	__asm__ volatile goto(
		FMAG_RSEQ_BEGIN_("area", "slot")
		FMAG_RSEQ_SLOT_("area", "slot")
		"cmpq %[place], %[slot]\n\t"
		"jne %l[aborted]\n\t"
		"movq %c[loaded](%[hot],%[slot]), %%rax\n\t"
		"cmpq %[meant], %c[stay](%[magazine])\n\t"
		"jne %l[miss]\n\t"
		FMAG_RSEQ_INJECT_
		"lock cmpxchgq %[magazine], %c[loaded](%[hot],%[slot])\n\t"
		FMAG_RSEQ_END_
		"sete %b[area]\n\t"
		: [slot] "=&r"(slot), [area] "=&r"(area), "=&a"(found)
		: [magazine] "r"(magazine), [meant] "r"(stay),
		  [place] "r"((uint64_t)cpu << FMAG_RSEQ_SLOT_SHIFT_),
		  FMAG_RSEQ_OPERANDS_
		: "memory", "cc"
		: miss, aborted);
	FMAG_RSEQ_LEFT_();
	done = (area & 1) != 0;
	*old = found;
	return done ? FMAG_RSEQ_DONE : FMAG_RSEQ_ABORTED;
	FMAG_RSEQ_WAY_OUT_(miss, FMAG_RSEQ_MISS);
	FMAG_RSEQ_WAY_OUT_(aborted, FMAG_RSEQ_ABORTED);
}

/* clang-format on */

#endif

#endif
