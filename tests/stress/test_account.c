/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMs with limits that bite, on all CPUs at once: none ever has more than its
 * limit, none is refused a frame that it may have, and at the end every count is
 * exact. What a VM has is counted beside: later than it gets a frame and sooner
 * than it gives one back, so never more than the truth.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define CPUS    16 /* so many that a batch is less than the limits are */
#define VMS     3u
#define THREADS 9u
#define EACH    (THREADS / VMS) /* of a VM */
#define FRAMES  4096
#define MOST    40 /* frames a thread has at a time */

#if defined(FMAG_TSAN_SHIM)
#define TURNS 4000
#else
#define TURNS 60000
#endif

struct vm {
	struct fmag_account *account;
	uint64_t limit; /* the highest that it has */
	uint64_t held;
	uint64_t passed;  /* times that it had more than its limit */
	uint64_t refused; /* allocs that gave nothing */
};

static struct fixture fix;
static struct owners owners;
static struct vm vms[VMS];
static uint32_t is_over;
static pthread_barrier_t start;
static __thread unsigned thread_cpu;

static unsigned current_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return thread_cpu;
}

static void make(enum fmag_front_kind front, const uint64_t *limits)
{
	struct fmag_config config = fixture_config(&fix, CPUS, 64, 128);

	config.front = front;
	config.current_cpu = front == FMAG_FRONT_RSEQ ? NULL : current_cpu;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	for (unsigned i = 0; i < VMS; i++) {
		vms[i] = (struct vm){ .limit = limits[i] };
		cr_assert_eq(fmag_account_create(
				     &vms[i].account, fix.cache, limits[i]),
			FMAG_OK);
	}
	is_over = 0;
}

/* Nothing is charged, and the limit is what it was, to the frame. */
static void check_exact(struct vm *vm)
{
	cr_assert_eq(fmag_account_used(vm->account), 0);
	cr_assert_eq(fmag_account_charge(vm->account, vm->limit), FMAG_OK);
	cr_assert_eq(fmag_account_charge(vm->account, 1), FMAG_ERR_NO_MEMORY);
	fmag_account_uncharge(vm->account, vm->limit);
}

static void finish(void)
{
	for (unsigned i = 0; i < VMS; i++) {
		cr_assert_eq(vms[i].passed, 0, "VM %u passed its limit", i);
		check_exact(&vms[i]);
		cr_assert_eq(fmag_account_destroy(vms[i].account), 0);
	}
	cr_assert_eq(owners.doubles, 0, "G2: a frame had two owners");
	cr_assert_eq(owners_count(&owners), 0);
	cr_assert_eq(fix.faults, 0, "%s", fix.last_fault.message);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}

static void count_in(struct vm *vm, uint64_t count)
{
	if (__atomic_add_fetch(&vm->held, count, __ATOMIC_RELAXED) > vm->limit)
		__atomic_fetch_add(&vm->passed, 1, __ATOMIC_RELAXED);
}

static void count_out(struct vm *vm, uint64_t count)
{
	__atomic_fetch_sub(&vm->held, count, __ATOMIC_RELAXED);
}

/* Up to `count`, one by one or together; how many. */
static size_t take(
	struct vm *vm, fmag_hpa_t *frames, size_t count, bool together)
{
	size_t got = 0;

	if (together)
		got = fmag_account_alloc_frames(vm->account, frames, count);
	while (!together && got < count &&
		(frames[got] = fmag_account_alloc_frame(vm->account)) !=
			FMAG_HPA_NONE)
		got++;
	count_in(vm, got);
	if (got < count)
		__atomic_fetch_add(&vm->refused, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < got; i++)
		owners_take(&owners, frames[i], 1 + (uint32_t)(vm - vms));
	return got;
}

static void give(
	struct vm *vm, const fmag_hpa_t *frames, size_t count, bool together)
{
	for (size_t i = 0; i < count; i++)
		owners_give(&owners, frames[i], 1 + (uint32_t)(vm - vms));
	count_out(vm, count);
	if (together)
		fmag_account_dealloc_frames(vm->account, frames, count);
	for (size_t i = 0; !together && i < count; i++)
		fmag_account_dealloc_frame(vm->account, frames[i]);
}

/* Not of the cache's: they come by another verb. */
static void charge(struct vm *vm, uint64_t count)
{
	if (fmag_account_charge(vm->account, count) != FMAG_OK)
		return;
	count_in(vm, count);
	count_out(vm, count);
	fmag_account_uncharge(vm->account, count);
}

static void run(void *(*work)(void *), void *(*beside)(void *))
{
	pthread_t threads[THREADS], other;

	pthread_barrier_init(&start, NULL, THREADS + 1);
	for (uintptr_t i = 0; i < THREADS; i++)
		cr_assert_eq(
			pthread_create(&threads[i], NULL, work, (void *)i), 0);
	cr_assert_eq(pthread_create(&other, NULL, beside, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
	pthread_join(other, NULL);
	pthread_barrier_destroy(&start);
}

/* Limits that bite. */

static void *want_more(void *arg)
{
	uint64_t rng = (uintptr_t)arg;
	struct vm *vm = &vms[(uintptr_t)arg % VMS];
	fmag_hpa_t frames[MOST];

	pthread_barrier_wait(&start);
	for (size_t turn = 0; turn < TURNS; turn++) {
		size_t got;

		thread_cpu = (unsigned)rng_below(&rng, CPUS + 1);
		got = take(vm, frames, 1 + rng_below(&rng, MOST),
			rng_below(&rng, 2) == 0);
		thread_cpu = (unsigned)rng_below(&rng, CPUS + 1);
		give(vm, frames, got, rng_below(&rng, 2) == 0);
		charge(vm, rng_below(&rng, 2 * MOST));
		if (vm == &vms[VMS - 1] && turn % 8 == 0)
			fmag_account_set_limit(
				vm->account, rng_below(&rng, vm->limit + 1));
	}
	return NULL;
}

/* The last one's limit is lowered and raised by all its threads. */
static void *watch(void *arg)
{
	const struct vm *last = &vms[VMS - 1];

	(void)arg;
	pthread_barrier_wait(&start);
	while (__atomic_load_n(&is_over, __ATOMIC_RELAXED) == 0) {
		for (unsigned i = 0; i < VMS; i++) {
			if (fmag_account_used(vms[i].account) > vms[i].limit)
				__atomic_fetch_add(
					&vms[i].passed, 1, __ATOMIC_RELAXED);
		}
		sched_yield();
	}
	cr_assert_eq(
		fmag_account_set_limit(last->account, last->limit), FMAG_OK);
	return NULL;
}

TEST_ON_EACH_FRONT(
	account, the_limit_of_a_vm_is_passed_at_no_instant, .timeout = 150)
{
	static const uint64_t limits[VMS] = { 30, 45, 90 };

	make(front, limits);
	run(want_more, watch);
	for (unsigned i = 0; i < VMS; i++)
		cr_assert_gt(vms[i].refused, 0, "its limit bit");
	finish();
}

/*
 * Limits that are just enough. They are so low that nobody carries a batch: what
 * is in a call's hands is what its thread may have.
 */

#define SHARE 7u /* frames that each thread may have */

_Static_assert(EACH *SHARE < 4 * CPUS, "there is no batch");

static void *want_no_more(void *arg)
{
	uint64_t rng = (uintptr_t)arg;
	struct vm *vm = &vms[(uintptr_t)arg % VMS];
	fmag_hpa_t frames[SHARE];
	size_t had = 0;

	pthread_barrier_wait(&start);
	for (size_t turn = 0; turn < TURNS; turn++) {
		thread_cpu = (unsigned)rng_below(&rng, CPUS + 1);
		had += take(vm, frames + had, SHARE - had, false);
		thread_cpu = (unsigned)rng_below(&rng, CPUS + 1);
		while (had > 0 && rng_below(&rng, SHARE) != 0)
			give(vm, frames + --had, 1, false);
	}
	give(vm, frames, had, false);
	return NULL;
}

static void *do_nothing(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&start);
	return NULL;
}

TEST_ON_EACH_FRONT(
	account, no_vm_is_refused_a_frame_that_it_may_have, .timeout = 150)
{
	static const uint64_t limits[VMS] = { EACH * SHARE, EACH * SHARE,
		EACH * SHARE };

	make(front, limits);
	run(want_no_more, do_nothing);
	for (unsigned i = 0; i < VMS; i++)
		cr_assert_eq(vms[i].refused, 0, "VM %u", i);
	finish();
}
