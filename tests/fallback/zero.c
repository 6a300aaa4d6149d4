/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: zero
 *
 * Fails unless each means of zeroing that this machine has zeroes frames of every
 * size, and nothing else: what unit/test_zero.c says, without a test framework.
 */
#include <stdlib.h>

#include "fallback/exercise.h"
#include "zero/zero.h"

#define LARGEST ((size_t)2 << 20)
#define AROUND  ((size_t)4096)

static void require_bytes(const unsigned char *bytes, size_t count, int byte)
{
	for (size_t i = 0; i < count; i++)
		REQUIRE(bytes[i] == byte);
}

static void check(fmag_zero zero, unsigned char *memory, size_t size)
{
	memset(memory, 0xa5, size + 2 * AROUND);
	zero(memory + AROUND, size);
	require_bytes(memory, AROUND, 0xa5);
	require_bytes(memory + AROUND, size, 0);
	require_bytes(memory + AROUND + size, AROUND, 0xa5);
}

int main(void)
{
	unsigned char *memory = aligned_alloc(AROUND, LARGEST + 2 * AROUND);

	REQUIRE(memory != NULL);
	for (unsigned i = 0; i < fmag_zero_of_machine.count; i++) {
		const struct fmag_zero_means *means =
			&fmag_zero_of_machine.means[i];

		if (!fmag_zero_is_to_be_had(means))
			continue;
		for (size_t size = 512; size <= LARGEST; size *= 2)
			check(means->zero, memory, size);
		printf("%s\n", means->name);
	}
	free(memory);
	return 0;
}
