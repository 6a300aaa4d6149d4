/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring from one thread to one other, by which frames are handed over. A place
 * is free where it holds FMAG_HPA_NONE; so nothing is shared but the places.
 *
 * Ordering: place store release, partner of the other side's load acquire: what
 * a side did with the frame, or the place, comes before the other has it.
 */
#ifndef BENCH_SERVE_RING_H
#define BENCH_SERVE_RING_H

#include <fmag/types.h>

#include <sched.h>
#include <stdatomic.h>

#define RUN_RING_PLACES 256

/* No frame's address: the other side ends here. */
#define RUN_RING_END UINT64_MAX

struct run_ring {
	_Alignas(128) _Atomic fmag_hpa_t place[RUN_RING_PLACES];
};

/* The other side may have lost its CPU: after this many looks, give up one's. */
#define RUN_RING_LOOKS 1000

static inline void run_ring_wait(unsigned *looks)
{
	if (++*looks % RUN_RING_LOOKS == 0)
		sched_yield();
#if defined(__x86_64__)
	__builtin_ia32_pause();
#endif
}

/* `number` counts from 0 on each side. */
static inline void run_ring_put(
	struct run_ring *ring, size_t number, fmag_hpa_t frame)
{
	_Atomic fmag_hpa_t *place = &ring->place[number % RUN_RING_PLACES];
	unsigned looks = 0;

	while (atomic_load_explicit(place, memory_order_acquire) !=
		FMAG_HPA_NONE)
		run_ring_wait(&looks);
	atomic_store_explicit(place, frame, memory_order_release);
}

static inline fmag_hpa_t run_ring_get(struct run_ring *ring, size_t number)
{
	_Atomic fmag_hpa_t *place = &ring->place[number % RUN_RING_PLACES];
	unsigned looks = 0;
	fmag_hpa_t frame;

	while ((frame = atomic_load_explicit(place, memory_order_acquire)) ==
		FMAG_HPA_NONE)
		run_ring_wait(&looks);
	atomic_store_explicit(place, FMAG_HPA_NONE, memory_order_release);
	return frame;
}

#endif
