/* SPDX-License-Identifier: BSD-2-Clause */
#include "fallback/exercise.h"

#include <pthread.h>

#include "support/rng.h"

#define FRAME_SIZE  ((size_t)4096)
#define BASE        ((fmag_hpa_t)0x100000000)
#define MAX_THREADS 8
#define HELD        16
#define BULK        5

struct worker {
	struct exercise *exercise;
	pthread_t thread;
	uint32_t id; /* from 1 */
	unsigned operations;
	uint64_t rng;
	fmag_hpa_t held[HELD];
};

void exercise_init(struct exercise *exercise, const struct fmag_config *config)
{
	const struct fmag_arena_config pool = {
		.size = EXERCISE_FRAMES * FRAME_SIZE,
		.base = BASE,
		.backing = FMAG_ARENA_ANONYMOUS,
	};

	*exercise = (struct exercise){ 0 };
	REQUIRE(fmag_arena_create(&exercise->arena, &pool) == FMAG_OK);
	REQUIRE(fmag_arena_hal(exercise->arena, FRAME_SIZE, &exercise->hal) ==
		FMAG_OK);
	REQUIRE(fmag_cache_create(&exercise->cache, &exercise->hal, config) ==
		FMAG_OK);
}

static void stamp(
	struct worker *worker, fmag_hpa_t frame, uint32_t from, uint32_t to)
{
	size_t index = (size_t)(frame - BASE) / FRAME_SIZE;

	REQUIRE(frame % FRAME_SIZE == 0 && index < EXERCISE_FRAMES);
	REQUIRE(__atomic_exchange_n(&worker->exercise->stamps[index], to,
			__ATOMIC_RELAXED) == from);
}

static void swap_one(struct worker *worker)
{
	fmag_hpa_t *frame = &worker->held[rng_below(&worker->rng, HELD)];
	struct fmag_cache *cache = worker->exercise->cache;

	if (*frame != FMAG_HPA_NONE) {
		stamp(worker, *frame, worker->id, 0);
		fmag_dealloc_frame(cache, *frame);
		*frame = FMAG_HPA_NONE;
		return;
	}
	*frame = fmag_alloc_frame(cache);
	REQUIRE(*frame != FMAG_HPA_NONE);
	stamp(worker, *frame, 0, worker->id);
}

static void swap_many(struct worker *worker)
{
	struct fmag_cache *cache = worker->exercise->cache;
	fmag_hpa_t frames[BULK];

	REQUIRE(fmag_alloc_frames(cache, frames, BULK) == BULK);
	for (size_t i = 0; i < BULK; i++)
		stamp(worker, frames[i], 0, worker->id);
	for (size_t i = 0; i < BULK; i++)
		stamp(worker, frames[i], worker->id, 0);
	fmag_dealloc_frames(cache, frames, BULK);
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (unsigned i = 0; i < worker->operations; i++) {
		if (rng_below(&worker->rng, 16) == 0)
			swap_many(worker);
		else
			swap_one(worker);
	}
	for (size_t i = 0; i < HELD; i++) {
		if (worker->held[i] == FMAG_HPA_NONE)
			continue;
		stamp(worker, worker->held[i], worker->id, 0);
		fmag_dealloc_frame(worker->exercise->cache, worker->held[i]);
	}
	return NULL;
}

void exercise_run(
	struct exercise *exercise, unsigned threads, unsigned operations)
{
	struct worker workers[MAX_THREADS];

	REQUIRE(threads <= MAX_THREADS);
	for (unsigned i = 0; i < threads; i++) {
		workers[i] = (struct worker){ .exercise = exercise,
			.id = i + 1,
			.operations = operations,
			.rng = i };
		REQUIRE(pthread_create(&workers[i].thread, NULL, work,
				&workers[i]) == 0);
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
}

void exercise_fini(struct exercise *exercise)
{
	REQUIRE(fmag_cache_destroy(exercise->cache) == 0);
	REQUIRE(fmag_arena_free_bytes(exercise->arena) ==
		EXERCISE_FRAMES * FRAME_SIZE);
	fmag_arena_destroy(exercise->arena);
}

enum fmag_front_kind exercise_front(const struct exercise *exercise)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(exercise->cache, &stats);
	return stats.front;
}
