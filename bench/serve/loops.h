/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measured loops. Each subject's file defines
 *
 *	static inline fmag_hpa_t alloc_one(void *ctx)
 *	static inline void free_one(void *ctx, fmag_hpa_t frame)
 *	static inline void *memory_of(void *ctx, fmag_hpa_t frame)
 *
 * and, where the allocator has them, before a `#define` of the same name,
 *
 *	RUN_HAS_BULK
 *	static inline size_t alloc_many(
 *		void *ctx, fmag_hpa_t *frames, size_t count)
 *	static inline void free_many(
 *		void *ctx, const fmag_hpa_t *frames, size_t count)
 *
 *	RUN_HAS_ZEROED
 *	static inline fmag_hpa_t alloc_zeroed(void *ctx)
 *
 * (without them they are single calls, and a memset), what serve/faults.h asks
 * for, and then includes this.
 * So the loops are the same for all subjects, and the calls in them are direct,
 * or inlined, as a client's are.
 *
 * Every loop begins a cache line, for all subjects alike.
 */
#ifndef BENCH_SERVE_LOOPS_H
#define BENCH_SERVE_LOOPS_H

#include "serve/subject.h"
#include "support/clock.h"
#include "support/rng.h"

#include <sched.h>
#include <string.h>

#define RUN_LOOP static __attribute__((noinline, aligned(64)))

/* Fails the run. Relaxed: barriers order it. */
static inline void fail(struct run_burst *burst)
{
	atomic_store_explicit(&burst->failed, true, memory_order_relaxed);
}

static inline bool run_is_none(struct run_burst *burst, fmag_hpa_t frame)
{
	if (__builtin_expect(frame != FMAG_HPA_NONE, 1))
		return false;
	fail(burst);
	return true;
}

#ifndef RUN_HAS_BULK

static inline size_t alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	size_t done = 0;

	while (done < count && (frames[done] = alloc_one(ctx)) != FMAG_HPA_NONE)
		done++;
	return done;
}

static inline void free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_one(ctx, frames[i]);
}

#endif

#ifndef RUN_HAS_ZEROED

static inline fmag_hpa_t alloc_zeroed(void *ctx)
{
	fmag_hpa_t frame = alloc_one(ctx);

	if (__builtin_expect(frame != FMAG_HPA_NONE, 1))
		memset(memory_of(ctx, frame), 0, RUN_FRAME_SIZE);
	return frame;
}

#endif

RUN_LOOP void pair(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		fmag_hpa_t frame = alloc_one(ctx);

		if (run_is_none(burst, frame))
			return;
		free_one(ctx, frame);
	}
}

static inline bool take_batch(struct run_burst *burst, void *ctx, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fmag_hpa_t frame = alloc_one(ctx);

		if (run_is_none(burst, frame))
			return false;
		burst->frames[i] = frame;
	}
	return true;
}

RUN_LOOP void lifo(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		if (!take_batch(burst, ctx, RUN_BATCH))
			return;
		for (size_t j = RUN_BATCH; j > 0; j--)
			free_one(ctx, burst->frames[j - 1]);
	}
}

RUN_LOOP void random_order(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		if (!take_batch(burst, ctx, RUN_BATCH))
			return;
		for (size_t j = 0; j < RUN_BATCH; j++)
			free_one(ctx, burst->frames[burst->order[j]]);
	}
}

RUN_LOOP void bulks(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		if (alloc_many(ctx, burst->frames, RUN_BULK) != RUN_BULK) {
			fail(burst);
			return;
		}
		free_many(ctx, burst->frames, RUN_BULK);
	}
}

#define RUN_LINE 64

static inline void touch(void *memory, size_t number)
{
	size_t line = number % (RUN_FRAME_SIZE / RUN_LINE);

	*(volatile uint64_t *)(void *)((char *)memory + line * RUN_LINE) =
		number;
}

/*
 * A line of each frame is written, as whoever maps it would: not the same one
 * in all of them, since those share a few sets of the CPU's caches.
 */
RUN_LOOP void touched(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		if (!take_batch(burst, ctx, RUN_BATCH))
			return;
		for (size_t j = 0; j < RUN_BATCH; j++)
			touch(memory_of(ctx, burst->frames[j]), j);
		for (size_t j = RUN_BATCH; j > 0; j--)
			free_one(ctx, burst->frames[j - 1]);
	}
}

RUN_LOOP void zeroed(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		fmag_hpa_t frame = alloc_zeroed(ctx);

		if (run_is_none(burst, frame))
			return;
		free_one(ctx, frame);
	}
}

RUN_LOOP void guests(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		if (!take_batch(burst, ctx, RUN_GUEST))
			return;
		for (size_t j = 0; j < RUN_GUEST; j++)
			free_one(ctx, burst->frames[j]);
	}
}

RUN_LOOP void produce(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = 0; i < burst->iterations; i++) {
		fmag_hpa_t frame = alloc_one(ctx);

		/* The consumer must not wait for what does not come. */
		if (run_is_none(burst, frame))
			frame = RUN_RING_END;
		run_ring_put(burst->ring, i, frame);
		if (frame == RUN_RING_END)
			return;
	}
}

RUN_LOOP void consume(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = 0; i < burst->iterations; i++) {
		fmag_hpa_t frame = run_ring_get(burst->ring, i);

		if (frame == RUN_RING_END)
			return;
		free_one(ctx, frame);
	}
}

static void prodcons(struct run_burst *burst)
{
	if (burst->thread == 0)
		produce(burst);
	else
		consume(burst);
}

RUN_LOOP void produce_bulk(struct run_burst *burst)
{
	fmag_hpa_t *frames = burst->frames;

	for (size_t i = 0; i < burst->iterations; i++) {
		if (alloc_many(burst->ctx, frames, RUN_BULK) != RUN_BULK) {
			fail(burst);
			run_ring_put(burst->ring, i * RUN_BULK, RUN_RING_END);
			return;
		}
		for (size_t j = 0; j < RUN_BULK; j++)
			run_ring_put(burst->ring, i * RUN_BULK + j, frames[j]);
	}
}

RUN_LOOP void consume_bulk(struct run_burst *burst)
{
	fmag_hpa_t *frames = burst->frames;

	for (size_t i = 0; i < burst->iterations; i++) {
		for (size_t j = 0; j < RUN_BULK; j++) {
			frames[j] = run_ring_get(burst->ring, i * RUN_BULK + j);
			if (frames[j] == RUN_RING_END)
				return;
		}
		free_many(burst->ctx, frames, RUN_BULK);
	}
}

static void prodcons_bulk(struct run_burst *burst)
{
	if (burst->thread == 0)
		produce_bulk(burst);
	else
		consume_bulk(burst);
}

/* Prodcons, and one frame in RUN_IMBALANCE_OF goes back where it came from. */
RUN_LOOP void give_most(struct run_burst *burst)
{
	size_t number = 0;

	for (size_t i = 0; i < burst->iterations; i++) {
		for (size_t j = 0; j < RUN_IMBALANCE_OF; j++) {
			fmag_hpa_t frame = alloc_one(burst->ctx);

			if (run_is_none(burst, frame))
				frame = RUN_RING_END;
			else if (j == 0) {
				free_one(burst->ctx, frame);
				continue;
			}
			run_ring_put(burst->ring, number++, frame);
			if (frame == RUN_RING_END)
				return;
		}
	}
}

RUN_LOOP void take_most(struct run_burst *burst)
{
	size_t count = burst->iterations * (RUN_IMBALANCE_OF - 1);

	for (size_t i = 0; i < count; i++) {
		fmag_hpa_t frame = run_ring_get(burst->ring, i);

		if (frame == RUN_RING_END)
			return;
		free_one(burst->ctx, frame);
	}
}

static void imbalance(struct run_burst *burst)
{
	if (burst->thread == 0)
		give_most(burst);
	else
		take_most(burst);
}

RUN_LOOP void latency(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	burst->timed = burst->iterations;
	for (size_t i = 0; i < burst->iterations; i++) {
		uint64_t start = clock_start(), stop;
		fmag_hpa_t frame = alloc_one(ctx);

		stop = clock_stop();
		burst->alloc_ticks[i] = stop - start;
		if (run_is_none(burst, frame))
			return;
		start = clock_start();
		free_one(ctx, frame);
		stop = clock_stop();
		burst->free_ticks[i] = stop - start;
	}
}

#include "serve/faults.h"

static void take_all(struct run_burst *burst)
{
	fmag_hpa_t frame;

	burst->all_count = 0;
	while (burst->all_count < burst->iterations &&
		(frame = alloc_one(burst->ctx)) != FMAG_HPA_NONE)
		burst->all[burst->all_count++] = frame;
}

static void free_all(const struct run_burst *burst)
{
	for (size_t i = 0; i < burst->all_count; i++)
		free_one(burst->ctx, burst->all[i]);
}

static void fill(struct run_burst *burst)
{
	take_all(burst);
	free_all(burst);
}

static void exhaust(struct run_burst *burst)
{
	if (burst->thread != 0)
		return;
	take_all(burst);
	free_all(burst);
}

static void drop(struct run_burst *burst)
{
	free_all(burst);
}

/*
 * A share of the frames that are left, which nobody else wants until it is given
 * back: so as many are free, and an allocation that fails is a false one.
 *
 * Ordering: acquire, partner of give_back()'s release: frees came before.
 */
static inline size_t reserve(atomic_size_t *left, size_t wanted)
{
	size_t count = atomic_load_explicit(left, memory_order_relaxed);
	size_t share;

	do
		share = count < wanted ? count : wanted;
	while (share > 0 &&
		!atomic_compare_exchange_weak_explicit(left, &count,
			count - share, memory_order_acquire,
			memory_order_relaxed));
	return share;
}

static inline void give_back(atomic_size_t *left, size_t share)
{
	atomic_fetch_add_explicit(left, share, memory_order_release);
}

/* One that fails is not tried again. */
static void take_share(struct run_burst *burst, size_t share)
{
	size_t came = 0;

	for (size_t i = 0; i < share; i++) {
		fmag_hpa_t frame = alloc_one(burst->ctx);

		if (frame != FMAG_HPA_NONE)
			burst->frames[came++] = frame;
	}
	burst->wanted += share;
	burst->missed += share - came;
	for (size_t i = 0; i < came; i++)
		free_one(burst->ctx, burst->frames[i]);
}

RUN_LOOP void scarce(struct run_burst *burst)
{
	double end = clock_seconds() + (double)burst->iterations * 1e-6;
	struct rng rng = { burst->seed };

	burst->wanted = burst->missed = 0;
	while (clock_seconds() < end) {
		size_t share =
			reserve(burst->left, 1 + rng_below(&rng, burst->most));

		take_share(burst, share);
		give_back(burst->left, share);
		/* All are wanted; by a thread, perhaps, that has no CPU. */
		if (share == 0)
			sched_yield();
	}
}

static void hold(struct run_burst *burst)
{
	if (burst->ready > 0 && !scrub_ahead(burst, burst->ctx, burst->ready))
		return;
	for (size_t i = 0; i < burst->held_count; i++) {
		burst->held[i] = alloc_one(burst->ctx);
		if (run_is_none(burst, burst->held[i]))
			return;
	}
}

static void release(struct run_burst *burst)
{
	for (size_t i = 0; i < burst->held_count; i++)
		free_one(burst->ctx, burst->held[i]);
}

/* clang-format off */
#define RUN_LOOPS {                                                    \
	.bursts = {                                                    \
		[RUN_PAIR] = pair,                                     \
		[RUN_LIFO] = lifo,                                     \
		[RUN_RANDOM] = random_order,                           \
		[RUN_BULKS] = bulks,                                   \
		[RUN_TOUCHED] = touched,                               \
		[RUN_ZEROED] = zeroed,                                 \
		[RUN_GUESTS] = guests,                                 \
		[RUN_PRODCONS] = prodcons,                             \
		[RUN_PRODCONS_BULK] = prodcons_bulk,                   \
		[RUN_IMBALANCE] = imbalance,                           \
		[RUN_LATENCY] = latency,                               \
		[RUN_READY] = take_ready,                              \
		[RUN_SCRUBBED] = scrub_frames,                         \
		[RUN_RETIRED] = retire_frames,                         \
		[RUN_SETTLED] = retire_and_settle,                     \
		[RUN_FAULTS] = faults,                                 \
		[RUN_TOUCHED_FAULTS] = touched_faults,                 \
		[RUN_BESIDE] = beside,                                 \
		[RUN_FILL] = fill,                                     \
		[RUN_EXHAUST] = exhaust,                               \
		[RUN_KEEP] = take_all,                                 \
		[RUN_DROP] = drop,                                     \
		[RUN_SCARCE] = scarce,                                 \
	},                                                             \
	.hold = hold,                                                  \
	.release = release,                                            \
}
/* clang-format on */

#endif
