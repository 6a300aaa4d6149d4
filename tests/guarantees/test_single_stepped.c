/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G3 and G4 under a debugger that stops a thread after each instruction
 * (ptrace): on the rseq front no section ever comes to its end, since each stop
 * lets others run. The calls go on without one, by the depot, and find every
 * frame all the same.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/slot_view.h"

#define FRAMES    12
#define ROUNDS    4
#define MAGAZINES 8

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];

/* What the child says by its exit status. */
enum verdict {
	ALL_WELL,
	FRAMES_MISSING,
	FOUND_ONE_TOO_MANY,
	A_SECTION_ENDED,
	FAULTS,
	CANNOT_BE_TRACED,
};

static size_t take_all(void)
{
	size_t count = 0;

	while (count < FRAMES / 2 &&
		(mine[count] = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		count++;
	return count +
		fmag_alloc_frames(fix.cache, mine + count, FRAMES - count);
}

static bool some_cpu_has_a_magazine(void)
{
	const struct fmag_front *front = &fix.cache->front;

	for (unsigned cpu = 0; cpu < front->hot.cpu_count; cpu++) {
		if (slot_loaded(front, fmag_front_slot(front, cpu)) != NULL)
			return true;
	}
	return false;
}

static enum verdict use_the_cache(enum fmag_front_kind front)
{
	if (take_all() != FRAMES)
		return FRAMES_MISSING;
	if (fmag_alloc_frame(fix.cache) != FMAG_HPA_NONE)
		return FOUND_ONE_TOO_MANY;
	for (size_t i = 0; i < FRAMES / 2; i++)
		fmag_dealloc_frame(fix.cache, mine[i]);
	fmag_dealloc_frames(fix.cache, mine + FRAMES / 2, FRAMES - FRAMES / 2);
	if (take_all() != FRAMES)
		return FRAMES_MISSING;
	if (front == FMAG_FRONT_RSEQ && some_cpu_has_a_magazine())
		return A_SECTION_ENDED;
	return fix.faults == 0 ? ALL_WELL : FAULTS;
}

/* Stopped here, then stepped: all that it does until it exits. */
static enum verdict be_stepped(enum fmag_front_kind front)
{
	bool is_owner = front == FMAG_FRONT_OWNER;
	struct fmag_config config =
		fixture_config(&fix, is_owner ? 1 : 0, ROUNDS, MAGAZINES);

	if (!is_owner)
		config.current_cpu = NULL;
	config.front = front;
	test_hal_init(&fix.hal, fixture_hal_options(FRAMES));
	if (fmag_cache_create(&fix.cache, &fix.hal.hal, &config) != FMAG_OK)
		abort();
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		return CANNOT_BE_TRACED;
	raise(SIGSTOP);
	return use_the_cache(front);
}

/* Its exit status; how many steps it took. */
static int step_to_the_end(pid_t child, size_t *steps)
{
	int status;

	*steps = 0;
	cr_assert_eq(waitpid(child, &status, 0), child);
	while (WIFSTOPPED(status)) {
		cr_assert_eq(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL), 0);
		cr_assert_eq(waitpid(child, &status, 0), child);
		++*steps;
	}
	cr_assert(WIFEXITED(status), "signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

TEST_ON_EACH_FRONT(
	single_stepped, g3_g4_every_frame_is_found_all_the_same, .timeout = 100)
{
	size_t steps;
	int verdict;
	pid_t child = fork();

	if (child == 0)
		_exit((int)be_stepped(front));
	verdict = step_to_the_end(child, &steps);
	if (verdict == CANNOT_BE_TRACED)
		/* A seccomp filter, or Yama, keeps it from being traced. */
		cr_skip_test("ptrace is refused here");
	printf("%zu steps\n", steps);
	cr_assert_gt(steps, 1000, "it was stepped at all");
	cr_assert_eq(verdict, ALL_WELL, "verdict %d", verdict);
}

TEST_ON_OWNER(
	single_stepped, g3_g4_every_frame_is_found_all_the_same, .timeout = 100)
