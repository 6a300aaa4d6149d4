/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vCPUs with reserves, on a pool that has hardly enough: topped up, used, parked
 * and topped up again, while others take the last frames. What was promised is
 * there (no fault), and no frame has two owners, those that were parked among them.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define CPUS   4
#define VCPUS  5u
#define TAKERS 2u
#define MOST   8   /* frames of a reserve */
#define FRAMES 100 /* enough for the vCPUs, and for one of the others */
#define GREED  60

#if defined(FMAG_TSAN_SHIM)
#define TURNS 4000
#else
#define TURNS 40000
#endif

static struct fixture fix;
static struct owners owners;
static uint64_t failed, robbed, kept;
static pthread_barrier_t start;
static __thread unsigned thread_cpu;

static unsigned current_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return thread_cpu;
}

static void count(uint64_t *what)
{
	__atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

static void make(enum fmag_front_kind front)
{
	struct fmag_config config = fixture_config(&fix, CPUS, 16, 64);

	config.front = front;
	config.current_cpu = front == FMAG_FRONT_RSEQ ? NULL : current_cpu;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	failed = robbed = kept = 0;
}

/* All that it holds is the vCPU's, and goes back. */
static void use(struct fmag_reserve *reserve, uint32_t self)
{
	fmag_hpa_t frames[FMAG_RESERVE_MAX];
	size_t held = fmag_reserve_count(reserve);

	for (size_t i = 0; i < held; i++) {
		frames[i] = fmag_reserve_alloc(reserve);
		owners_take(&owners, frames[i], self);
	}
	for (size_t i = 0; i < held; i++) {
		owners_give(&owners, frames[i], self);
		fmag_dealloc_frame(fix.cache, frames[i]);
	}
}

/* What is left of `parked`: looked at by a topup that asks for nothing. */
static void wake(struct fmag_reserve *reserve, size_t parked)
{
	cr_assert_eq(fmag_reserve_topup(reserve, 0), FMAG_OK);
	count(fmag_reserve_count(reserve) < parked ? &robbed : &kept);
}

static void *be_a_vcpu(void *arg)
{
	uint64_t rng = (uintptr_t)arg;
	struct fmag_reserve reserve;

	fmag_reserve_init(&reserve, fix.cache);
	pthread_barrier_wait(&start);
	for (size_t turn = 0; turn < TURNS; turn++) {
		size_t parked;

		thread_cpu = (unsigned)rng_below(&rng, CPUS + 1);
		if (fmag_reserve_topup(&reserve, 1 + rng_below(&rng, MOST)) !=
			FMAG_OK)
			count(&failed);
		parked = fmag_reserve_count(&reserve);
		if (parked > 0 && rng_below(&rng, 2) == 0)
			use(&reserve, 1 + (uint32_t)(uintptr_t)arg);
		parked = fmag_reserve_count(&reserve);
		if (rng_below(&rng, 4) == 0)
			continue;
		fmag_reserve_park(&reserve);
		sched_yield();
		if (parked > 0 && rng_below(&rng, 2) == 0)
			wake(&reserve, parked);
	}
	fmag_reserve_fini(&reserve);
	return NULL;
}

static void *take_the_last(void *arg)
{
	uint64_t rng = (uintptr_t)arg;
	uint32_t self = 1 + (uint32_t)(uintptr_t)arg;
	fmag_hpa_t frames[GREED];

	pthread_barrier_wait(&start);
	for (size_t turn = 0; turn < TURNS; turn++) {
		size_t got;

		thread_cpu = (unsigned)rng_below(&rng, CPUS + 1);
		got = fmag_alloc_frames(
			fix.cache, frames, 1 + rng_below(&rng, GREED));
		for (size_t i = 0; i < got; i++)
			owners_take(&owners, frames[i], self);
		sched_yield();
		for (size_t i = 0; i < got; i++)
			owners_give(&owners, frames[i], self);
		fmag_dealloc_frames(fix.cache, frames, got);
		if (turn % 64 == 0)
			fmag_cache_drain(fix.cache, FRAMES);
	}
	return NULL;
}

static void run(void)
{
	pthread_t threads[VCPUS + TAKERS];

	pthread_barrier_init(&start, NULL, VCPUS + TAKERS);
	for (uintptr_t i = 0; i < VCPUS + TAKERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL,
				     i < VCPUS ? be_a_vcpu : take_the_last,
				     (void *)i),
			0);
	for (size_t i = 0; i < VCPUS + TAKERS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
}

TEST_ON_EACH_FRONT(reserve,
	what_was_promised_is_there_while_others_take_the_last, .timeout = 150)
{
	make(front);
	run();
	printf("%llu topups failed, %llu found fewer than they parked, %llu "
	       "not\n",
		(unsigned long long)failed, (unsigned long long)robbed,
		(unsigned long long)kept);
	cr_assert_gt(failed, 0);
	cr_assert_gt(robbed, 0);
	cr_assert_gt(kept, 0);
	cr_assert_eq(fix.faults, 0, "%s", fix.last_fault.message);
	cr_assert_eq(owners.doubles, 0, "G2: a frame had two owners");
	cr_assert_eq(owners_count(&owners), 0);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}
