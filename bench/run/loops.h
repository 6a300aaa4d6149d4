/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measured loops. Each subject's file defines
 *
 *	static inline fmag_hpa_t alloc_one(void *ctx)
 *	static inline void free_one(void *ctx, fmag_hpa_t frame)
 *	static inline size_t alloc_many(
 *		void *ctx, fmag_hpa_t *frames, size_t count)
 *	static inline void free_many(
 *		void *ctx, const fmag_hpa_t *frames, size_t count)
 *
 * the last two by `#define RUN_HAS_BULK 1` (without it they are single calls),
 * and then includes this. So the loops are the same for all subjects, and the
 * calls in them are direct, or inlined, as a client's are.
 *
 * Every loop begins a cache line, for all subjects alike.
 */
#ifndef BENCH_RUN_LOOPS_H
#define BENCH_RUN_LOOPS_H

#include "run/run_subject.h"

#ifndef RUN_HAS_BULK
#error "define RUN_HAS_BULK as 0 or 1 before"
#endif

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

#if !RUN_HAS_BULK

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

static inline bool take_batch(struct run_burst *burst, void *ctx)
{
	for (size_t i = 0; i < RUN_BATCH; i++) {
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
		if (!take_batch(burst, ctx))
			return;
		for (size_t j = RUN_BATCH; j > 0; j--)
			free_one(ctx, burst->frames[j - 1]);
	}
}

RUN_LOOP void random_order(struct run_burst *burst)
{
	void *ctx = burst->ctx;

	for (size_t i = burst->iterations; i > 0; i--) {
		if (!take_batch(burst, ctx))
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

static void hold(struct run_burst *burst)
{
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
		[RUN_PRODCONS] = prodcons,                             \
	},                                                             \
	.hold = hold,                                                  \
	.release = release,                                            \
}
/* clang-format on */

#endif
