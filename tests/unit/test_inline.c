/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verbs as fmag/inline.h defines them: the same as the library's, on a cache
 * whose hits they do themselves and on one that they must leave alone. That they
 * make no call is tests/listing's affair.
 */
#include <criterion/criterion.h>
#include <sched.h>
#include <unistd.h>

#include <fmag/inline.h>

#include "support/fixture.h"
#include "support/fronts.h"

#define ROUNDS 8
#define FRAMES 100

static struct fixture fix;
static fmag_hpa_t frames[FRAMES];

/* On one CPU, since what is on top is another matter on another. */
static void stay(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET((unsigned)sched_getcpu(), &here);
	cr_assert_eq(sched_setaffinity(0, sizeof(here), &here), 0);
}

static void setup(enum fmag_front_kind front)
{
	unsigned cpus = (unsigned)sysconf(_SC_NPROCESSORS_CONF);
	struct fmag_config config =
		fixture_config(&fix, cpus, ROUNDS, 8 * cpus);

	stay();
	config.front = front;
	if (front == FMAG_FRONT_RSEQ)
		config.current_cpu = NULL;
	fixture_init(&fix, fixture_hal_options(2 * FRAMES), &config);
}

static void setup_sections(void)
{
	if (!rseq_is_to_be_had())
		cr_skip_test("this system has no rseq");
	setup(FMAG_FRONT_RSEQ);
}

static void setup_closed(void)
{
	setup(FMAG_FRONT_CLAIM);
}

static void one_by_one(void)
{
	fmag_hpa_t (*alloc)(struct fmag_cache *) = fmag_alloc_frame;
	void (*dealloc)(struct fmag_cache *, fmag_hpa_t) = fmag_dealloc_frame;

	for (size_t i = 0; i < FRAMES; i++) {
		frames[i] =
			i % 2 ? alloc(fix.cache) : fmag_alloc_frame(fix.cache);
		cr_assert_neq(frames[i], FMAG_HPA_NONE);
	}
	cr_assert_eq(test_hal_out(&fix.hal),
		FRAMES + fixture_stats(&fix).frames_cached);
	for (size_t i = 0; i < FRAMES; i++) {
		if (i % 2)
			dealloc(fix.cache, frames[i]);
		else
			fmag_dealloc_frame(fix.cache, frames[i]);
	}
	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), frames[FRAMES - 1]);
	cr_assert_eq(fmag_alloc_frame_cached(fix.cache), frames[FRAMES - 2]);
	fixture_fini(&fix, 2);
}

static void many_at_once(void)
{
	for (size_t count = 0; count <= FRAMES; count++) {
		cr_assert_eq(
			fmag_alloc_frames(fix.cache, frames, count), count);
		for (size_t i = 0; i < count; i++)
			cr_assert_neq(frames[i], FMAG_HPA_NONE);
		fmag_dealloc_frames(fix.cache, frames, count);
	}
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

static void expect_fault(
	unsigned count, enum fmag_fault_kind kind, fmag_hpa_t paddr)
{
	cr_assert_eq(fix.faults, count);
	cr_assert_eq(fix.last_fault.kind, kind);
	cr_assert_eq(fix.last_fault.paddr, paddr);
}

static void bad_frames_one_by_one(void)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	fmag_dealloc_frame(fix.cache, frame + 1);
	expect_fault(1, FMAG_FAULT_NOT_A_FRAME, frame + 1);
	fmag_dealloc_frame(fix.cache, FMAG_HPA_NONE);
	expect_fault(2, FMAG_FAULT_NOT_A_FRAME, FMAG_HPA_NONE);
	fmag_dealloc_frame(fix.cache, frame);
	fmag_dealloc_frame(fix.cache, frame);
	expect_fault(3, FMAG_FAULT_DOUBLE_FREE, frame);
	fixture_fini(&fix, 0);
}

/* At each place of the array, in the section's part of it and behind. */
static void bad_frames_among_many(void)
{
	fmag_hpa_t given[ROUNDS + 2];

	for (size_t bad = 0; bad <= ROUNDS; bad++) {
		unsigned faults = fix.faults;

		cr_assert_eq(fmag_alloc_frames(fix.cache, given, ROUNDS + 1),
			(size_t)ROUNDS + 1);
		/* One more: in place of `bad` that with an offset, or twice. */
		for (size_t i = ROUNDS + 1; i > bad; i--)
			given[i] = given[i - 1];
		given[bad] += bad % 2;
		fmag_dealloc_frames(fix.cache, given, ROUNDS + 2);
		expect_fault(faults + 1,
			bad % 2 ? FMAG_FAULT_NOT_A_FRAME
				: FMAG_FAULT_DOUBLE_FREE,
			given[bad]);
	}
	fixture_fini(&fix, 0);
}

TestSuite(inline_sections, .init = setup_sections);
TestSuite(inline_closed, .init = setup_closed);

#define INLINE_TEST(name)           \
	Test(inline_sections, name) \
	{                           \
		name();             \
	}                           \
	Test(inline_closed, name)   \
	{                           \
		name();             \
	}

INLINE_TEST(one_by_one)
INLINE_TEST(many_at_once)
INLINE_TEST(bad_frames_one_by_one)
INLINE_TEST(bad_frames_among_many)
