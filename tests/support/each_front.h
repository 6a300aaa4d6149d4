/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that are run on the claim front and on the rseq front:
 *
 *	TEST_ON_EACH_FRONT(suite, what_holds, .timeout = 60)
 *	{
 *		... front ...
 *	}
 *
 * They are compiled once more, on the rseq front only, with sections that are
 * disturbed (rseq_disturbed.h).
 */
#ifndef TESTS_SUPPORT_EACH_FRONT_H
#define TESTS_SUPPORT_EACH_FRONT_H

#include <criterion/criterion.h>
#include <fmag/cache.h>
#include <sched.h>
#include <stdio.h>

#include "support/fronts.h"
#include "support/rseq_disturbed.h"

#ifdef FMAG_TEST_DISTURBED
#define TEST_ON_CLAIM(suite, name, ...)
#else
#define TEST_ON_CLAIM(suite, name, ...)           \
	Test(suite, name##_on_claim, __VA_ARGS__) \
	{                                         \
		suite##_##name(FMAG_FRONT_CLAIM); \
	}
#endif

#if FMAG_HAS_RSEQ_
#define TEST_ON_RSEQ(suite, name, ...)           \
	Test(suite, name##_on_rseq, __VA_ARGS__) \
	{                                        \
		skip_without_rseq();             \
		crowd_where_disturbed();         \
		suite##_##name(FMAG_FRONT_RSEQ); \
		check_that_it_was_disturbed();   \
	}
#define TEST_ON_PLAYED_RSEQ(suite, name, ...)    \
	Test(suite, name##_on_rseq, __VA_ARGS__) \
	{                                        \
		suite##_##name(FMAG_FRONT_RSEQ); \
	}
#else
#define TEST_ON_RSEQ(suite, name, ...)
#define TEST_ON_PLAYED_RSEQ(suite, name, ...)
#endif

#define TEST_ON_EACH_FRONT(suite, name, ...)                    \
	static void suite##_##name(enum fmag_front_kind front); \
	TEST_ON_CLAIM(suite, name, __VA_ARGS__)                 \
	TEST_ON_RSEQ(suite, name, __VA_ARGS__)                  \
	static void suite##_##name(enum fmag_front_kind front)

/* On an area of the test's own (fixture.h): wherever there are sections. */
#define TEST_ON_EACH_PLAYED_FRONT(suite, name, ...)             \
	static void suite##_##name(enum fmag_front_kind front); \
	TEST_ON_CLAIM(suite, name, __VA_ARGS__)                 \
	TEST_ON_PLAYED_RSEQ(suite, name, __VA_ARGS__)           \
	static void suite##_##name(enum fmag_front_kind front)

/* After one of these: on the owner front too, if the test gives it CPUs. */
#ifdef FMAG_TEST_DISTURBED
#define TEST_ON_OWNER(suite, name, ...)
#else
#define TEST_ON_OWNER(suite, name, ...)           \
	Test(suite, name##_on_owner, __VA_ARGS__) \
	{                                         \
		suite##_##name(FMAG_FRONT_OWNER); \
	}
#endif

static inline void skip_without_rseq(void)
{
	if (!rseq_is_to_be_had())
		cr_skip_test("there is no rseq here");
}

#ifdef FMAG_TEST_DISTURBED

/* So that on a large machine, too, threads preempt one another. */
static inline void crowd_where_disturbed(void)
{
	cpu_set_t all, two;

	CPU_ZERO(&two);
	sched_getaffinity(0, sizeof(all), &all);
	for (unsigned cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&two) < 2;
		cpu++) {
		if (CPU_ISSET(cpu, &all))
			CPU_SET(cpu, &two);
	}
	sched_setaffinity(0, sizeof(two), &two);
}

/* Or the test shows nothing. */
static inline void check_that_it_was_disturbed(void)
{
	uint64_t aborts = rseq_aborts_of_hits();

	printf("%llu sections aborted\n", (unsigned long long)aborts);
	cr_assert_gt(aborts, 10, "only %llu sections were ever aborted",
		(unsigned long long)aborts);
}

#else

static inline void crowd_where_disturbed(void)
{
}

static inline void check_that_it_was_disturbed(void)
{
}

#endif

#endif
