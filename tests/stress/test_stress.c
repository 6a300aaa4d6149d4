/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many threads on one cache, frames freed by other threads than allocated
 * them. Each thread keeps a few frames and passes others on through a board of
 * cells that all exchange with.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/rng.h"

#define MAX_THREADS 32
#define CELLS       64
#define KEPT        16

struct stress {
	struct fixture fix;
	struct owners owners;
	fmag_hpa_t board[CELLS];
	size_t operations; /* a thread */
	uint64_t none;
	pthread_barrier_t start;
};

struct worker {
	struct stress *stress;
	uint32_t id; /* from 1 */
	uint64_t rng;
	fmag_hpa_t kept[KEPT];
};

#if defined(FMAG_TSAN_SHIM) /* some ten times slower */
#define OPERATIONS 20000
#elif defined(FMAG_TEST_DISTURBED)
#define OPERATIONS 40000
#else
#define OPERATIONS 300000
#endif

static size_t operations(void)
{
	return getenv("FMAG_TEST_ALL") != NULL ? 2000000 : OPERATIONS;
}

static fmag_hpa_t allocate(struct worker *worker)
{
	struct stress *stress = worker->stress;
	fmag_hpa_t frame = fmag_alloc_frame(stress->fix.cache);

	if (frame == FMAG_HPA_NONE)
		__atomic_fetch_add(&stress->none, 1, __ATOMIC_RELAXED);
	else
		owners_take(&stress->owners, frame, worker->id);
	return frame;
}

static void give_back(struct worker *worker, fmag_hpa_t frame)
{
	struct stress *stress = worker->stress;

	if (frame == FMAG_HPA_NONE)
		return;
	owners_give(&stress->owners, frame, worker->id);
	fmag_dealloc_frame(stress->fix.cache, frame);
}

/* Posts a frame of this thread's, and owns what lay there. */
static void pass_on(struct worker *worker, fmag_hpa_t *frame)
{
	struct stress *stress = worker->stress;
	fmag_hpa_t *cell = &stress->board[rng_below(&worker->rng, CELLS)];
	fmag_hpa_t other;

	if (*frame != FMAG_HPA_NONE)
		owners_give(&stress->owners, *frame, worker->id);
	other = __atomic_exchange_n(cell, *frame, __ATOMIC_ACQ_REL);
	if (other != FMAG_HPA_NONE)
		owners_take(&stress->owners, other, worker->id);
	*frame = other;
}

static void use_bulk(struct worker *worker)
{
	struct stress *stress = worker->stress;
	fmag_hpa_t frames[40];
	size_t got = fmag_alloc_frames(
		stress->fix.cache, frames, rng_below(&worker->rng, 40));

	for (size_t i = 0; i < got; i++)
		owners_take(&stress->owners, frames[i], worker->id);
	for (size_t i = 0; i < got; i++)
		owners_give(&stress->owners, frames[i], worker->id);
	fmag_dealloc_frames(stress->fix.cache, frames, got);
}

static void step(struct worker *worker)
{
	fmag_hpa_t *kept = &worker->kept[rng_below(&worker->rng, KEPT)];
	uint64_t dice = rng_below(&worker->rng, 100);

	if (dice < 2) {
		use_bulk(worker);
	} else if (dice < 30) {
		pass_on(worker, kept);
	} else {
		give_back(worker, *kept);
		*kept = allocate(worker);
	}
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	pthread_barrier_wait(&worker->stress->start);
	for (size_t i = 0; i < worker->stress->operations; i++)
		step(worker);
	for (size_t i = 0; i < KEPT; i++)
		give_back(worker, worker->kept[i]);
	return NULL;
}

static void run_workers(struct stress *stress, unsigned threads)
{
	static struct worker workers[MAX_THREADS];
	pthread_t ids[MAX_THREADS];

	pthread_barrier_init(&stress->start, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		workers[i] = (struct worker){
			.stress = stress, .id = i + 1, .rng = 1000 + i
		};
		cr_assert_eq(
			pthread_create(&ids[i], NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	pthread_barrier_destroy(&stress->start);
}

/* The second node has every other CPU, and every other frame. */
#define NODES 2

static unsigned node_of_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	return cpu % NODES;
}

static unsigned node_of_frame(void *hook_ctx, fmag_hpa_t frame)
{
	const struct fixture *fixture = hook_ctx;

	return test_hal_node(&fixture->hal, frame);
}

/* `pool` frames: scarce where threads want more than there are. */
static void run_on_nodes(enum fmag_front_kind front, unsigned threads,
	unsigned rounds, unsigned magazines, size_t pool, bool scarce,
	unsigned nodes)
{
	struct test_hal_options options = fixture_hal_options(pool);
	static struct stress stress;
	struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = front,
		.magazine_rounds = rounds,
		.magazine_count = magazines,
		.on_fault = fixture_on_fault,
		.hook_ctx = &stress.fix,
		.node_count = nodes,
		.node_of_cpu = node_of_cpu,
		.node_of_frame = node_of_frame,
	};

	options.nodes = nodes > 1 ? nodes : 0;
	memset(&stress, 0, sizeof(stress));
	fixture_init(&stress.fix, options, &config);
	owners_init(&stress.owners, &stress.fix.hal);
	stress.operations = operations();
	run_workers(&stress, threads);
	for (size_t i = 0; i < CELLS; i++) {
		if (stress.board[i] != FMAG_HPA_NONE)
			fmag_dealloc_frame(stress.fix.cache, stress.board[i]);
	}
	cr_assert_eq(stress.owners.doubles, 0, "G2: %zu frames had two owners",
		(size_t)stress.owners.doubles);
	cr_assert_eq(stress.fix.faults, 0);
	cr_assert_eq(owners_count(&stress.owners), 0);
	cr_assert(scarce || stress.none == 0, "G4: %zu false NONEs",
		(size_t)stress.none);
	owners_fini(&stress.owners);
	fixture_fini(&stress.fix, 0);
}

static void run(enum fmag_front_kind front, unsigned threads, unsigned rounds,
	unsigned magazines, size_t pool, bool scarce)
{
	run_on_nodes(front, threads, rounds, magazines, pool, scarce, 1);
}

/* Enough for all: what threads, board and bulk verbs can hold. */
#define PLENTY 8192

/* Each test's time is enough for scripts/test --all; ctest's own limit is less. */

TEST_ON_EACH_FRONT(stress, eight_threads_pass_frames_on, .timeout = 1200)
{
	run(front, 8, 126, 64, PLENTY, false);
}

TEST_ON_EACH_FRONT(
	stress, eight_threads_with_magazines_of_two_rounds, .timeout = 1200)
{
	run(front, 8, 2, 16, PLENTY, false);
}

TEST_ON_EACH_FRONT(stress,
	eight_threads_with_magazines_of_one_round_and_hardly_any,
	.timeout = 1200)
{
	run(front, 8, 1, 5, PLENTY, false);
}

TEST_ON_EACH_FRONT(stress, thirty_two_threads_pass_frames_on, .timeout = 1200)
{
	run(front, 32, 126, 64, PLENTY, false);
}

TEST_ON_EACH_FRONT(
	stress, thirty_two_threads_want_more_than_there_is, .timeout = 1200)
{
	run(front, 32, 4, 32, 300, true);
}

TEST_ON_EACH_FRONT(stress, eight_threads_on_two_nodes, .timeout = 1200)
{
	run_on_nodes(front, 8, 8, 64, PLENTY, false, NODES);
}

TEST_ON_EACH_FRONT(
	stress, eight_threads_want_more_than_two_nodes_have, .timeout = 1200)
{
	run_on_nodes(front, 8, 4, 24, 120, true, NODES);
}
