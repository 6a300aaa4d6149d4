/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the sample clients share: a cache over an arena, in which all threads
 * run on one CPU, so that they meet in the same magazines; and flags that make
 * one thread wait for another without ordering anything.
 */
#ifndef TSAN_CLIENT_H
#define TSAN_CLIENT_H

#include <fmag/fmag.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

struct client {
	struct fmag_arena *arena;
	struct fmag_cache *cache;
};

static inline void require(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "client: %s\n", what);
	abort();
}

static inline unsigned client_cpu(void *hook_ctx)
{
	(void)hook_ctx;
	return 0;
}

static inline void client_start(struct client *client)
{
	const struct fmag_arena_config pool = { .size = 1 << 20 };
	const struct fmag_config config = {
		.cpu_count = 1,
		.current_cpu = client_cpu,
	};
	struct fmag_hal hal;

	require(fmag_arena_create(&client->arena, &pool) == FMAG_OK, "arena");
	require(fmag_arena_hal(client->arena, 4096, &hal) == FMAG_OK, "HAL");
	require(fmag_cache_create(&client->cache, &hal, &config) == FMAG_OK,
		"cache");
}

static inline void client_end(struct client *client)
{
	require(fmag_cache_destroy(client->cache) == 0, "frames are out");
	fmag_arena_destroy(client->arena);
}

/* Runs two threads to their end. */
static inline void run_both(void *(*first)(void *), void *(*second)(void *))
{
	pthread_t threads[2];

	require(pthread_create(&threads[0], NULL, first, NULL) == 0, "thread");
	require(pthread_create(&threads[1], NULL, second, NULL) == 0, "thread");
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
}

/* Time, and no order: relaxed on both sides. */

static inline void tell(int *flag)
{
	__atomic_store_n(flag, 1, __ATOMIC_RELAXED);
}

static inline void await(int *flag)
{
	while (!__atomic_load_n(flag, __ATOMIC_RELAXED))
		sched_yield();
}

#endif
