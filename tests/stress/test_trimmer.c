/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trimmer's thread: on an idle cache, on one at work, and its end. Nothing
 * is measured; what is waited for never comes if it does not come by the end of
 * the test's time.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"

#define FRAMES 4096
#define CPUS   2
#define TURNS  20000
#define BATCH  40

static struct fixture fix;
static struct owners owners;
static __thread unsigned thread_cpu;

static unsigned current_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return thread_cpu;
}

static void make(enum fmag_front_kind front)
{
	struct fmag_config config = fixture_config(&fix, CPUS, 64, 64);

	config.front = front;
	config.cpu_count = front == FMAG_FRONT_RSEQ ? 0 : CPUS;
	config.current_cpu = front == FMAG_FRONT_RSEQ ? NULL : current_cpu;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
}

static struct fmag_trimmer *start(unsigned interval_ms, size_t budget)
{
	const struct fmag_trimmer_config config = {
		.struct_size = sizeof(config),
		.interval_ms = interval_ms,
		.budget = budget,
	};
	struct fmag_trimmer *trimmer;

	cr_assert_eq(fmag_trimmer_start(&trimmer, fix.cache, &config), FMAG_OK);
	return trimmer;
}

static void burst(void)
{
	static fmag_hpa_t frames[FRAMES / 2];

	cr_assert_eq(
		fmag_alloc_frames(fix.cache, frames, FRAMES / 2), FRAMES / 2);
	fmag_dealloc_frames(fix.cache, frames, FRAMES / 2);
}

static void wait_until_nothing_is_cached(void)
{
	while (fixture_stats(&fix).frames_cached > 0)
		usleep(1000);
}

TEST_ON_EACH_FRONT(trimmer, an_idle_cache_gives_its_memory_back, .timeout = 120)
{
	struct fmag_trimmer *trimmer;

	make(front);
	burst();
	cr_assert_gt(fixture_stats(&fix).frames_cached, 0);
	trimmer = start(1, 100);
	wait_until_nothing_is_cached();
	fmag_trimmer_stop(trimmer);
	cr_assert_eq(test_hal_out(&fix.hal), 0);
	fixture_fini(&fix, 0);
}

static void *work(void *arg)
{
	fmag_hpa_t frames[BATCH];

	thread_cpu = *(unsigned *)arg;
	for (size_t turn = 0; turn < TURNS; turn++) {
		size_t got = fmag_alloc_frames(fix.cache, frames, BATCH);

		for (size_t i = 0; i < got; i++)
			owners_take(&owners, frames[i], 1 + thread_cpu);
		for (size_t i = 0; i < got; i++)
			owners_give(&owners, frames[i], 1 + thread_cpu);
		fmag_dealloc_frames(fix.cache, frames, got);
	}
	return NULL;
}

static void work_on_every_cpu(void)
{
	static unsigned cpus[CPUS];
	pthread_t threads[CPUS];

	for (unsigned i = 0; i < CPUS; i++) {
		cpus[i] = i;
		cr_assert_eq(
			pthread_create(&threads[i], NULL, work, &cpus[i]), 0);
	}
	for (unsigned i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
}

TEST_ON_EACH_FRONT(
	trimmer, frames_of_cpus_at_work_have_one_owner, .timeout = 120)
{
	struct fmag_trimmer *trimmer;

	make(front);
	owners_init(&owners, &fix.hal);
	trimmer = start(1, SIZE_MAX);
	work_on_every_cpu();
	cr_assert_eq(owners.doubles, 0, "G2: a frame had two owners");
	wait_until_nothing_is_cached();
	fmag_trimmer_stop(trimmer);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}

#ifndef FMAG_TEST_DISTURBED

static void setup(void)
{
	make(FMAG_FRONT_CLAIM);
}

static void teardown(void)
{
	fixture_fini(&fix, 0);
}

TestSuite(trimmer_alone, .init = setup, .fini = teardown, .timeout = 60);

Test(trimmer_alone, is_stopped_while_it_sleeps)
{
	fmag_trimmer_stop(start(24 * 3600 * 1000, 1));
}

Test(trimmer_alone, to_stop_none_does_nothing)
{
	fmag_trimmer_stop(NULL);
}

Test(trimmer_alone, has_defaults)
{
	struct fmag_trimmer *trimmer;

	cr_assert_eq(fmag_trimmer_start(&trimmer, fix.cache, NULL), FMAG_OK);
	fmag_trimmer_stop(trimmer);
	fmag_trimmer_stop(start(0, 0));
}

Test(trimmer_alone, a_cache_may_have_several)
{
	struct fmag_trimmer *first = start(1, 1), *second = start(1, 7);

	burst();
	wait_until_nothing_is_cached();
	fmag_trimmer_stop(first);
	fmag_trimmer_stop(second);
}

Test(trimmer_alone, a_configuration_that_makes_no_sense_is_refused)
{
	const struct fmag_trimmer_config config = { .struct_size = 3 };
	struct fmag_trimmer *trimmer = (void *)&fix;

	cr_assert_eq(fmag_trimmer_start(&trimmer, fix.cache, &config),
		FMAG_ERR_INVALID);
	cr_assert_null(trimmer);
	cr_assert_eq(
		fmag_trimmer_start(&trimmer, NULL, NULL), FMAG_ERR_INVALID);
	cr_assert_eq(
		fmag_trimmer_start(NULL, fix.cache, NULL), FMAG_ERR_INVALID);
}

/* Blocked here, it stays pending unless the trimmer's thread takes it. */
Test(trimmer_alone, takes_no_signal)
{
	struct fmag_trimmer *trimmer;
	sigset_t one, pending;
	int taken;

	sigemptyset(&one);
	sigaddset(&one, SIGUSR1);
	trimmer = start(1, SIZE_MAX);
	pthread_sigmask(SIG_BLOCK, &one, NULL);
	kill(getpid(), SIGUSR1);
	burst();
	wait_until_nothing_is_cached();
	sigpending(&pending);
	cr_assert(sigismember(&pending, SIGUSR1));
	fmag_trimmer_stop(trimmer);
	cr_assert_eq(sigwait(&one, &taken), 0);
	cr_assert_eq(taken, SIGUSR1);
}

#endif
