/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G5: frames that nobody may touch. The test HAL's frames are PROT_NONE unless
 * a test asks for others, so nearly the whole suite runs on such frames; this
 * says so by name, and that the frames really are out of reach.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

#include "support/fixture.h"

static struct fixture fix;

Test(hands_off, g5_a_cache_serves_frames_that_fault_when_touched)
{
	fmag_hpa_t frames[200], run;

	fixture_init_simple(&fix, 256, 2, 4, 16);
	for (size_t turn = 0; turn < 10; turn++) {
		fix.cpu = (unsigned)turn % 3;
		for (size_t i = 0; i < 200; i++)
			frames[i] = fmag_alloc_frame(fix.cache);
		fmag_dealloc_frames(fix.cache, frames, 100);
		for (size_t i = 100; i < 200; i++)
			fmag_dealloc_frame(fix.cache, frames[i]);
		run = fmag_alloc_contiguous(fix.cache, 2, 4096);
		if (run != FMAG_HPA_NONE)
			fmag_dealloc_contiguous(fix.cache, run, 2);
	}
	fixture_fini(&fix, 0);
}

/* The kernel's answer, since a sanitizer would take the signal. */
Test(hands_off, g5_the_frames_of_that_test_are_out_of_reach)
{
	fmag_hpa_t frame;
	int ends[2];

	fixture_init_simple(&fix, 16, 1, 4, 4);
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(
		write(ends[1], fmag_phys_to_virt(fix.cache, frame), 1), -1);
	cr_assert_eq(errno, EFAULT);
	fixture_fini(&fix, 1);
}
