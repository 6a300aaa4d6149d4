/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The means of zeroing (src/zero): each that this machine has, and the choice
 * among them.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "zero/zero.h"

#define SMALLEST ((size_t)FMAG_ZERO_ALIGN)
#define LARGEST  ((size_t)2 << 20)
#define AROUND   ((size_t)4096)
#define SECRET   0xa5

static unsigned char *memory; /* AROUND, room for the largest, AROUND */

static void expect_bytes(size_t from, size_t to, unsigned char byte)
{
	for (size_t i = from; i < to; i++)
		cr_assert_eq(memory[i], byte, "byte %zu of %zu to %zu is %#x",
			i, from, to, memory[i]);
}

/* What lies around is nobody's to write. */
static void expect_that_it_zeroes(fmag_zero zero, size_t at, size_t size)
{
	memset(memory, SECRET, LARGEST + 2 * AROUND);
	fmag_zero_by(zero, memory + at, size);
	expect_bytes(at - AROUND, at, SECRET);
	expect_bytes(at, at + size, 0);
	expect_bytes(at + size, at + size + AROUND, SECRET);
}

static void init(void)
{
	memory = aligned_alloc(AROUND, LARGEST + 2 * AROUND);
	cr_assert_not_null(memory);
}

static void fini(void)
{
	free(memory);
}

TestSuite(zero, .init = init, .fini = fini, .timeout = 60);

static void expect_that_it_zeroes_all_sizes(fmag_zero zero)
{
	for (size_t size = SMALLEST; size <= LARGEST; size *= 2)
		expect_that_it_zeroes(zero, AROUND, size);
}

Test(zero, each_means_zeroes_frames_of_every_size_and_nothing_else)
{
	expect_that_it_zeroes_all_sizes(fmag_zero_by_memset);
	for (unsigned i = 0; i < fmag_zero_of_machine.count; i++) {
		const struct fmag_zero_means *means =
			&fmag_zero_of_machine.means[i];

		if (!fmag_zero_is_to_be_had(means))
			continue;
		cr_log_info("%s", means->name);
		expect_that_it_zeroes_all_sizes(means->zero);
	}
}

/* A frame is aligned by its physical address; where the host sees it, it may
 * lie anywhere. */
Test(zero, memory_that_is_not_aligned_is_zeroed_exactly_too)
{
	for (unsigned i = 0; i < fmag_zero_of_machine.count; i++) {
		const struct fmag_zero_means *means =
			&fmag_zero_of_machine.means[i];

		if (fmag_zero_is_to_be_had(means))
			expect_that_it_zeroes(means->zero, AROUND + 24, 4096);
	}
}

static bool is_among_those_to_be_had(fmag_zero zero, bool goes_past_caches)
{
	for (unsigned i = 0; i < fmag_zero_of_machine.count; i++) {
		const struct fmag_zero_means *means =
			&fmag_zero_of_machine.means[i];

		if (means->zero == zero)
			return fmag_zero_is_to_be_had(means) &&
				means->goes_past_caches == goes_past_caches;
	}
	return zero == fmag_zero_by_memset;
}

static void expect_a_legal_choice(struct fmag_zeroing chosen)
{
	cr_assert(is_among_those_to_be_had(chosen.now, false));
	cr_assert(is_among_those_to_be_had(chosen.ahead, true));
}

Test(zero, what_the_cpu_says_it_has_is_chosen)
{
	expect_a_legal_choice(fmag_zero_choose());
}

/* A clock that says that each later means is faster, or slower. */
static uint64_t now, step;
static int64_t change;

static uint64_t played_clock(void)
{
	now += step;
	step = (uint64_t)((int64_t)step + change);
	return now;
}

static struct fmag_zeroing measure(uint64_t first, int64_t by)
{
	now = 0;
	step = first;
	change = by;
	return fmag_zero_measure(memory, AROUND, played_clock);
}

Test(zero, what_took_least_time_is_chosen)
{
	struct fmag_zeroing first, last, chosen = fmag_zero_choose();

	last = measure(1000000, -1);
	expect_a_legal_choice(last);
	cr_assert_eq(last.now, chosen.now, "the last of the table");
	cr_assert_eq(last.ahead, chosen.ahead);
	first = measure(1, 1);
	expect_a_legal_choice(first);
	cr_assert_eq(first.now, fmag_zero_by_memset);
	for (unsigned i = fmag_zero_of_machine.count; i-- > 0;) {
		const struct fmag_zero_means *means =
			&fmag_zero_of_machine.means[i];

		if (means->goes_past_caches && fmag_zero_is_to_be_had(means))
			chosen.ahead = means->zero;
	}
	cr_assert_eq(first.ahead, chosen.ahead,
		"the first that leaves the caches alone");
}
