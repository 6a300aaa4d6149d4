/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/pingpong.h"

#include "support/clock.h"
#include "support/cpus.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* Ways there and back that are timed, after as many that are not. */
#define TRIPS 500

/* Looks for the other side's move before one's own CPU is given up. */
#define LOOKS 1000

struct pingpong {
	_Alignas(128) _Atomic uint64_t moves; /* even: it is ping's turn */
	_Alignas(128) double ns;
};

/* Acquire, and release in pingpong_move(): each side's move orders the other's. */
static void wait_for(struct pingpong *game, uint64_t moves)
{
	unsigned looks = 0;

	while (atomic_load_explicit(&game->moves, memory_order_acquire) !=
		moves) {
		if (++looks % LOOKS == 0)
			sched_yield();
	}
}

static void move_to(struct pingpong *game, uint64_t moves)
{
	atomic_store_explicit(&game->moves, moves, memory_order_release);
}

static void *pong(void *argument)
{
	struct pingpong *game = argument;

	for (uint64_t i = 0; i < 2 * TRIPS; i++) {
		wait_for(game, 2 * i + 1);
		move_to(game, 2 * i + 2);
	}
	return NULL;
}

static void *ping(void *argument)
{
	struct pingpong *game = argument;
	double start = 0;

	for (uint64_t i = 0; i < 2 * TRIPS; i++) {
		if (i == TRIPS)
			start = clock_seconds();
		move_to(game, 2 * i + 1);
		wait_for(game, 2 * i + 2);
	}
	game->ns = (clock_seconds() - start) * 1e9 / (2 * TRIPS);
	return NULL;
}

static int start_on(unsigned cpu, pthread_t *thread, void *(*main)(void *),
	struct pingpong *game)
{
	pthread_attr_t attributes;
	cpu_set_t own;
	int error;

	pthread_attr_init(&attributes);
	if (cpus_choose(cpu, &own))
		pthread_attr_setaffinity_np(&attributes, sizeof(own), &own);
	error = pthread_create(thread, &attributes, main, game);
	pthread_attr_destroy(&attributes);
	return error;
}

double pingpong_ns(void)
{
	struct pingpong game = { .ns = -1 };
	pthread_t threads[2];

	if (cpus_count() < 2 || start_on(1, &threads[1], pong, &game) != 0)
		return -1;
	if (start_on(0, &threads[0], ping, &game) != 0)
		ping(&game); /* pong waits for it */
	else
		pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return game.ns;
}
