/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AArch64. DC ZVA is ordered as stores are (Arm ARM D7.4.8), and so is STNP: what
 * publishes a frame is a release, and they come before it.
 */
#if defined(__aarch64__)

#include <fmag/detail/abi.h>

#include "zero/zero.h"

#if FMAG_HAS_TSAN_ || FMAG_HAS_ASAN_

const struct fmag_zero_table fmag_zero_of_machine = { NULL, 0 };

#else

/* DCZID_EL0: bit 4 forbids it, the four below are log2 of a block's words. */
static uint64_t dczid(void)
{
	uint64_t value;

	__asm__("mrs %0, dczid_el0" : "=r"(value));
	return value;
}

static size_t block_size(void)
{
	return (size_t)4 << (dczid() & 15);
}

static bool has_zva(void)
{
	return (dczid() >> 4 & 1) == 0 && block_size() <= FMAG_ZERO_ALIGN;
}

static void by_zva(void *memory, size_t size)
{
	size_t block = block_size();
	char *byte = memory;

	for (const char *end = byte + size; byte < end; byte += block)
		__asm__ volatile("dc zva, %0" : : "r"(byte) : "memory");
}

/* A hint that the data is not used soon. */
static void by_stnp(void *memory, size_t size)
{
	char *byte = memory;

	for (const char *end = byte + size; byte < end; byte += 64)
		__asm__ volatile("stnp xzr, xzr, [%0]\n\t"
				 "stnp xzr, xzr, [%0, #16]\n\t"
				 "stnp xzr, xzr, [%0, #32]\n\t"
				 "stnp xzr, xzr, [%0, #48]"
				 :
				 : "r"(byte)
				 : "memory");
}

static const struct fmag_zero_means means[] = {
	{ "dc zva", by_zva, has_zva, false },
	{ "stnp", by_stnp, NULL, true },
};

const struct fmag_zero_table fmag_zero_of_machine = { means,
	FMAG_ARRAY_LENGTH(means) };

#endif

#endif
