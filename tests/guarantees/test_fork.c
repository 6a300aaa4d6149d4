/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process that forks: the child has none of the cache's frames, and is told
 * so when it asks for one or gives one back.
 */
#include <criterion/criterion.h>
#include <fmag/clean.h>
#include <fmag/scrubber.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/fixture.h"

static struct fixture fix;

/* Runs `child` in a child process; its exit status. */
static int in_a_child(int (*child)(fmag_hpa_t frame), fmag_hpa_t frame)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(child(frame));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool was_told(unsigned times)
{
	return fix.faults == times &&
		fix.last_fault.kind == FMAG_FAULT_USED_AFTER_FORK;
}

static int allocates(fmag_hpa_t frame)
{
	(void)frame;
	if (fmag_alloc_frame(fix.cache) != FMAG_HPA_NONE || !was_told(1))
		return 1;
	if (fmag_alloc_frames(fix.cache, &frame, 1) != 0 || !was_told(2))
		return 2;
	return fmag_alloc_frame_cached(fix.cache) != FMAG_HPA_NONE ||
		!was_told(3);
}

static int gives_back(fmag_hpa_t frame)
{
	fmag_dealloc_frame(fix.cache, frame);
	if (!was_told(1))
		return 1;
	fmag_dealloc_frames(fix.cache, &frame, 1);
	return !was_told(2);
}

static int uses_runs(fmag_hpa_t run)
{
	if (fmag_alloc_contiguous(fix.cache, 2, 4096) != FMAG_HPA_NONE ||
		!was_told(1))
		return 1;
	fmag_dealloc_contiguous(fix.cache, run, 2);
	return !was_told(2) || test_hal_out(&fix.hal) != 2;
}

static int drains(fmag_hpa_t frame)
{
	if (fmag_cpu_drain(fix.cache, 0) != FMAG_ERR_INVALID || !was_told(1))
		return 1;
	if (fmag_cache_drain(fix.cache, SIZE_MAX) != 0 || !was_told(2))
		return 2;
	fmag_quarantine_frame(fix.cache, frame);
	return !was_told(3);
}

static int destroys(fmag_hpa_t frame)
{
	(void)frame;
	return fmag_cache_destroy(fix.cache) != 0 || fix.faults != 0 ||
		fix.hal.given_back_in_bulk != 0;
}

static int looks(fmag_hpa_t frame)
{
	(void)frame;
	return fixture_stats(&fix).frames_cached != 0;
}

Test(fork, a_child_finds_the_cache_empty_and_is_told)
{
	fmag_hpa_t frame;

	fixture_init_simple(&fix, 64, 2, 4, 8);
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_eq(in_a_child(allocates, frame), 0);
	cr_assert_eq(in_a_child(gives_back, frame), 0);
	cr_assert_eq(in_a_child(drains, frame), 0);
	cr_assert_eq(in_a_child(destroys, frame), 0);
	cr_assert_eq(in_a_child(looks, frame), 0);

	cr_assert_eq(fix.faults, 0, "the parent goes on as before");
	cr_assert_gt(fixture_stats(&fix).frames_cached, 0);
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(fmag_alloc_frame(fix.cache), frame);
	fixture_fini(&fix, 1);
}

Test(fork, a_child_is_told_when_it_uses_contiguous_runs)
{
	fmag_hpa_t run;

	fixture_init_simple(&fix, 64, 2, 4, 8);
	run = fmag_alloc_contiguous(fix.cache, 2, 4096);
	cr_assert_neq(run, FMAG_HPA_NONE);
	cr_assert_eq(in_a_child(uses_runs, run), 0);
	cr_assert_eq(fix.faults, 0);
	fmag_dealloc_contiguous(fix.cache, run, 2);
	fixture_fini(&fix, 0);
}

static int wants_clean_frames(fmag_hpa_t frame)
{
	(void)frame;
	if (fmag_alloc_frame_zeroed(fix.cache) != FMAG_HPA_NONE || !was_told(1))
		return 1;
	if (fmag_cache_scrub(fix.cache, SIZE_MAX) != 0 || !was_told(2))
		return 2;
	return fmag_cache_clean_frames(fix.cache) != 0;
}

static int starts_a_scrubber(fmag_hpa_t frame)
{
	struct fmag_scrubber *scrubber;

	(void)frame;
	return fmag_scrubber_start(&scrubber, fix.cache, NULL) !=
		FMAG_ERR_INVALID;
}

static int ends_clean_frames(fmag_hpa_t frame)
{
	(void)frame;
	fmag_clean_fini(fix.cache);
	return fix.faults != 0 || fmag_cache_destroy(fix.cache) != 0;
}

Test(fork, a_child_finds_no_clean_frames)
{
	struct fmag_config config = fixture_config(&fix, 2, 4, 8);
	struct test_hal_options options = fixture_hal_options(64);
	fmag_hpa_t frames[16];

	options.readable = true;
	fixture_init(&fix, options, &config);
	cr_assert_eq(fmag_clean_create(fix.cache, NULL), FMAG_OK);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 16), 16);
	fmag_dealloc_frames(fix.cache, frames, 16);
	cr_assert_gt(fmag_cache_scrub(fix.cache, 3), 1);
	frames[0] = fmag_alloc_frame_zeroed(fix.cache);
	cr_assert_eq(in_a_child(wants_clean_frames, FMAG_HPA_NONE), 0);
	cr_assert_eq(in_a_child(starts_a_scrubber, FMAG_HPA_NONE), 0);
	cr_assert_eq(in_a_child(ends_clean_frames, FMAG_HPA_NONE), 0);
	cr_assert_eq(fix.faults, 0);
	cr_assert_gt(fmag_cache_clean_frames(fix.cache), 0);
	fmag_dealloc_frame(fix.cache, frames[0]);
	fixture_fini(&fix, 0);
}

Test(fork, a_child_ends_clean_frames_that_lie_in_storage_of_the_hosts)
{
	static char storage[FMAG_CLEAN_STORAGE_SIZE(2, 4, 8, 1)]
		__attribute__((aligned(FMAG_CACHE_ALIGN)));
	const struct fmag_clean_config clean = {
		.magazine_rounds = 8,
		.magazine_count = 4,
	};
	struct fmag_config config = fixture_config(&fix, 2, 4, 8);
	struct test_hal_options options = fixture_hal_options(64);
	fmag_hpa_t frames[16];

	options.readable = true;
	fixture_init(&fix, options, &config);
	cr_assert_eq(
		fmag_clean_init(fix.cache, storage, sizeof(storage), &clean),
		FMAG_OK);
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, 16), 16);
	fmag_dealloc_frames(fix.cache, frames, 16);
	cr_assert_gt(fmag_cache_scrub(fix.cache, 3), 1);
	cr_assert_eq(in_a_child(ends_clean_frames, FMAG_HPA_NONE), 0);
	fixture_fini(&fix, 0);
}
