/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Callers that have no slot on the rseq front: on more CPUs than the cache was
 * made for, on CPUs with far numbers, and on threads that the kernel does not
 * tell their CPU. The depot serves them, and their neighbours' slots stay as
 * they are.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/played_area.h"
#include "support/slot_view.h"

#if FMAG_HAS_RSEQ_

#define FRAMES 256
#define ROUNDS 4

static struct fixture fix;
static struct owners owners;

/* Takes many and gives them back, twice; what one caller can see of it. */
static void use(uint32_t id)
{
	fmag_hpa_t frames[FRAMES / 2];

	for (unsigned turn = 0; turn < 2; turn++) {
		size_t got = 0;

		for (; got < FRAMES / 4; got++) {
			frames[got] = fmag_alloc_frame(fix.cache);
			cr_assert_neq(frames[got], FMAG_HPA_NONE);
			owners_take(&owners, frames[got], id);
		}
		cr_assert_eq(
			fmag_alloc_frames(fix.cache, frames + got, FRAMES / 4),
			FRAMES / 4);
		for (; got < FRAMES / 2; got++)
			owners_take(&owners, frames[got], id);
		for (size_t i = 0; i < FRAMES / 2; i++)
			owners_give(&owners, frames[i], id);
		fmag_dealloc_frames(fix.cache, frames, FRAMES / 4);
		for (size_t i = FRAMES / 4; i < FRAMES / 2; i++)
			fmag_dealloc_frame(fix.cache, frames[i]);
	}
	cr_assert_eq(owners.doubles, 0, "G2");
	cr_assert_eq(fix.faults, 0, "%s", fix.last_fault.message);
}

static struct fmag_config config_for(unsigned cpus)
{
	struct fmag_config config = fixture_config(&fix, cpus, ROUNDS, 24);

	config.current_cpu = NULL;
	config.front = FMAG_FRONT_RSEQ;
	return config;
}

static void begin(unsigned cpus)
{
	const struct fmag_config config = config_for(cpus);

	skip_without_rseq();
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
}

static void begin_played(unsigned cpus)
{
	const struct fmag_config config = config_for(cpus);
	const struct fmag_platform platform = fixture_played_rseq();

	fixture_init_on_rseq(
		&fix, fixture_hal_options(FRAMES), &config, &platform);
	owners_init(&owners, &fix.hal);
}

static void end(void)
{
	cr_assert_eq(owners_count(&owners), 0);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}

static const struct fmag_magazine *loaded_of(unsigned cpu)
{
	const struct fmag_front *front = &fix.cache->front;

	return slot_loaded(front, fmag_front_slot(front, cpu));
}

static void pin(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		/* The machine has one CPU, or a cpuset keeps us off it. */
		cr_skip_test("CPU %u is not to be had", cpu);
}

Test(no_slot, a_thread_on_a_cpu_beyond_the_configured_uses_the_depot)
{
	uint64_t direct;

	begin(1);
	pin(1);
	use(1);
	direct = fixture_stats(&fix).depot_direct;
	cr_assert_gt(direct, FRAMES / 4);
	cr_assert_null(loaded_of(0));
	pin(0);
	use(2);
	cr_assert_not_null(loaded_of(0));
	cr_assert_lt(fixture_stats(&fix).depot_direct, direct + 4);
	end();
}

Test(no_slot, cpus_with_far_numbers_use_the_depot)
{
	const unsigned far[] = { 2, 3, 255, 256, 4095, 4096, 1u << 25,
		(unsigned)-2, (unsigned)-1 };

	begin_played(2);
	for (unsigned i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		fixture_play(&fix, far[i]);
		use(i + 1);
	}
	cr_assert_null(loaded_of(0));
	cr_assert_null(loaded_of(1));
	cr_assert_eq(fixture_stats(&fix).depot_takes, 0);
	end();
}

/* As where CPUs were unplugged, or numbered by socket. */
Test(no_slot, sparse_numbers_within_the_configured_have_their_slots)
{
	begin_played(FMAG_MAX_CPUS);
	fixture_play(&fix, 4095);
	use(1);
	cr_assert_not_null(loaded_of(4095));
	fixture_play(&fix, 1024);
	use(2);
	cr_assert_not_null(loaded_of(1024));
	cr_assert_null(loaded_of(4094));
	cr_assert_eq(fixture_stats(&fix).depot_direct, 0);
	end();
}

/* The kernel's interface, for the thread that takes itself out of it. */
#define UNREGISTER 1
#if defined(__x86_64__)
#define SIGNATURE 0x53053053u
#else
#define SIGNATURE 0xd428bc00u
#endif

static bool unregister(void)
{
	char *area = fmag_thread_pointer() + __rseq_offset;

	/* glibc registers the size of the first version, at least. */
	return syscall(SYS_rseq, area, 32, UNREGISTER, SIGNATURE) == 0;
}

static void *use_unregistered(void *arg)
{
	bool *done = arg;

	*done = unregister();
	if (*done)
		use(2);
	return NULL;
}

Test(no_slot, a_thread_without_rseq_uses_the_depot_beside_threads_with_it)
{
	pthread_t thread;
	bool done = false;

	begin(sysconf(_SC_NPROCESSORS_CONF) > 2 ? 64 : 2);
	use(1);
	cr_assert_eq(pthread_create(&thread, NULL, use_unregistered, &done), 0);
	pthread_join(thread, NULL);
	if (!done)
		/* A libc whose area has another size or signature than glibc's. */
		cr_skip_test("libc's area is not to be unregistered");
	use(1);
	end();
}

/* Until there is no more, and back. */
static void *drain_unregistered(void *arg)
{
	bool *done = arg;
	fmag_hpa_t frames[FRAMES + 1];
	size_t got = 0;

	*done = unregister();
	while (*done &&
		(frames[got] = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		owners_take(&owners, frames[got++], 3);
	*done = *done && got == FRAMES;
	while (got > 0) {
		owners_give(&owners, frames[--got], 3);
		fmag_dealloc_frame(fix.cache, frames[got]);
	}
	return NULL;
}

/* What the slot of the CPU it is on has, which it cannot pop, it detaches. */
Test(no_slot, a_thread_without_rseq_comes_to_an_end_of_the_frames)
{
	pthread_t thread;
	bool done = false;

	begin(1);
	pin(0);
	use(1);
	cr_assert_not_null(loaded_of(0));
	cr_assert_eq(
		pthread_create(&thread, NULL, drain_unregistered, &done), 0);
	pthread_join(thread, NULL);
	cr_assert(done);
	cr_assert_eq(owners.doubles, 0, "G2");
	use(1);
	end();
}

#endif
