/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of CPUs as Linux writes them (src/hosted/isolated.h).
 */
#include <criterion/criterion.h>
#include <stdbool.h>

#include "hosted/isolated.h"

#define WORDS (FMAG_MAX_CPUS / 64)

static uint64_t bits[WORDS];

static bool is_set(unsigned cpu)
{
	return (bits[cpu / 64] >> cpu % 64 & 1) != 0;
}

static unsigned how_many(void)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < WORDS; i++)
		sum += (unsigned)__builtin_popcountll(bits[i]);
	return sum;
}

static unsigned add(const char *list)
{
	fmag_isolated_add_list(bits, list);
	return how_many();
}

Test(isolated, an_empty_list_names_none)
{
	cr_assert_eq(add(""), 0);
	cr_assert_eq(add("\n"), 0, "as the kernel writes it");
}

/* What a kernel without nohz_full CPUs writes. */
Test(isolated, null_in_parentheses_names_none)
{
	cr_assert_eq(add("(null)"), 0);
	cr_assert_eq(add("  (null)\n"), 0);
}

Test(isolated, one_number_names_one)
{
	cr_assert_eq(add("0"), 1);
	cr_assert(is_set(0));
	cr_assert_eq(add("63\n"), 2);
	cr_assert_eq(add("64"), 3);
	cr_assert(is_set(63) && is_set(64));
}

Test(isolated, a_range_names_both_its_ends_and_what_lies_between)
{
	cr_assert_eq(add("2-5,8\n"), 5);
	for (unsigned cpu = 2; cpu <= 5; cpu++)
		cr_assert(is_set(cpu), "%u", cpu);
	cr_assert(is_set(8));
	cr_assert_not(is_set(1) || is_set(6) || is_set(7));
}

Test(isolated, ranges_pass_words)
{
	cr_assert_eq(add("60-67,126-129"), 12);
	cr_assert(is_set(60) && is_set(67) && is_set(126) && is_set(129));
	cr_assert_not(is_set(59) || is_set(68) || is_set(125) || is_set(130));
}

Test(isolated, a_second_list_adds_to_the_first)
{
	cr_assert_eq(add("1-2"), 2);
	cr_assert_eq(add("2-3"), 3);
	cr_assert_eq(add("(null)"), 3);
}

Test(isolated, numbers_beyond_the_last_cpu_are_left_out)
{
	cr_assert_eq(add("4095"), 1);
	cr_assert(is_set(FMAG_MAX_CPUS - 1));
	cr_assert_eq(add("4096"), 1);
	cr_assert_eq(add("4294967296"), 1, "no number wraps");
	cr_assert_eq(add("99999999999999999999"), 1);
	cr_assert_eq(add("4094-99999999999999999999"), 2);
	cr_assert_eq(add("18446744073709551616-18446744073709551617"), 2);
}

Test(isolated, a_range_that_ends_before_it_begins_is_empty)
{
	cr_assert_eq(add("5-2"), 0);
}

Test(isolated, what_is_no_list_names_nothing)
{
	cr_assert_eq(add("abc"), 0);
	cr_assert_eq(add("-3"), 0);
	cr_assert_eq(add(",1"), 0);
	cr_assert_eq(add(" 1"), 0);
	cr_assert_eq(add("+1"), 0);
}

Test(isolated, a_list_ends_at_what_is_no_part_of_one)
{
	cr_assert_eq(add("1,x,2"), 1);
	cr_assert_eq(add("3;4"), 2);
	cr_assert_not(is_set(2) || is_set(4));
}

Test(isolated, a_range_without_a_second_number_is_the_first)
{
	cr_assert_eq(add("7-"), 1);
	cr_assert(is_set(7));
	cr_assert_eq(add("9--5"), 2, "not all there are");
	cr_assert_eq(add("11- 5"), 3);
}

Test(isolated, what_the_system_says_is_no_more_than_its_cpus)
{
	fmag_isolated_cpus(bits);
	cr_assert_leq(how_many(), FMAG_MAX_CPUS);
}
