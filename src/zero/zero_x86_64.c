/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86-64. Stores that go past the caches are not ordered with others (SDM 8.2.2,
 * APM 7.4.2): a fence ends them, before the frame is anyone's to find.
 */
#if defined(__x86_64__)

#include <cpuid.h>

#include <fmag/detail/abi.h>

#include "zero/zero.h"

#if FMAG_HAS_TSAN_ || FMAG_HAS_ASAN_

const struct fmag_zero_table fmag_zero_of_machine = { NULL, 0 };

#else

#define LINE 64u

_Static_assert(FMAG_ZERO_ALIGN % LINE == 0, "whole lines only");

/* Leaf 7: enhanced REP MOVSB/STOSB. */
static bool has_erms(void)
{
	unsigned a, b = 0, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 9 & 1) != 0;
}

/* Leaf 0x80000008; it clears the line that an address lies in, of 64 bytes
 * on all that have it (leaf 1 says so as CLFLUSH's). */
static bool has_clzero(void)
{
	unsigned a, b = 0, c, d;

	if (!__get_cpuid(0x80000008, &a, &b, &c, &d) || (b & 1) == 0)
		return false;
	return __get_cpuid(1, &a, &b, &c, &d) && (b >> 8 & 0xff) * 8 == LINE;
}

static void by_rep_stosb(void *memory, size_t size)
{
	__asm__ volatile("rep stosb"
			 : "+D"(memory), "+c"(size)
			 : "a"(0)
			 : "memory");
}

/* By 64 bits: the core may not use vector registers. */
static void by_movnti(void *memory, size_t size)
{
	char *byte = memory;

	for (const char *end = byte + size; byte < end; byte += LINE)
		__asm__ volatile("movnti %1, (%0)\n\t"
				 "movnti %1, 8(%0)\n\t"
				 "movnti %1, 16(%0)\n\t"
				 "movnti %1, 24(%0)\n\t"
				 "movnti %1, 32(%0)\n\t"
				 "movnti %1, 40(%0)\n\t"
				 "movnti %1, 48(%0)\n\t"
				 "movnti %1, 56(%0)"
				 :
				 : "r"(byte), "r"((uint64_t)0)
				 : "memory");
	__asm__ volatile("sfence" ::: "memory");
}

/* clzero, for assemblers that do not know it. */
static void by_clzero(void *memory, size_t size)
{
	char *byte = memory;

	for (const char *end = byte + size; byte < end; byte += LINE)
		__asm__ volatile(".byte 0x0f, 0x01, 0xfc"
				 :
				 : "a"(byte)
				 : "memory");
	__asm__ volatile("sfence" ::: "memory");
}

static const struct fmag_zero_means means[] = {
	{ "rep stosb", by_rep_stosb, has_erms, false },
	{ "movnti", by_movnti, NULL, true },
	{ "clzero", by_clzero, has_clzero, true },
};

const struct fmag_zero_table fmag_zero_of_machine = { means,
	FMAG_ARRAY_LENGTH(means) };

#endif

#endif
