/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * G2 where threads meet most: a host whose CPUs all say that they are CPU 0,
 * so that all threads are after one slot.
 */
#include <criterion/criterion.h>
#include <pthread.h>

#include "support/fixture.h"
#include "support/owners.h"

#define THREADS 4
#define FRAMES  64

/* ThreadSanitizer sees what is wrong the first time, and is slow. */
#ifdef FMAG_TSAN_SHIM
#define OPERATIONS 300000
#else
#define OPERATIONS 3000000
#endif

static struct fixture fix;
static struct owners owners;
static pthread_barrier_t started;

static void *alloc_and_free(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg;

	pthread_barrier_wait(&started);
	for (size_t i = 0; i < OPERATIONS; i++) {
		fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

		if (frame == FMAG_HPA_NONE)
			continue;
		owners_take(&owners, frame, id);
		owners_give(&owners, frame, id);
		fmag_dealloc_frame(fix.cache, frame);
	}
	return NULL;
}

Test(one_slot, g2_threads_that_share_a_slot_never_share_a_frame, .timeout = 60)
{
	pthread_t threads[THREADS];

	fixture_init_simple(&fix, FRAMES, 1, 2, 8);
	owners_init(&owners, &fix.hal);
	pthread_barrier_init(&started, NULL, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, alloc_and_free,
				     (void *)(i + 1)),
			0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_assert_eq(owners.doubles, 0, "G2");
	cr_assert_eq(fix.faults, 0);
	pthread_barrier_destroy(&started);
	owners_fini(&owners);
	fixture_fini(&fix, 0);
}
