/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For DPDK's mempools, which differ in the pool under the cache of each thread.
 * Included once, by the subject's file. A frame is an element of 4096 bytes, and
 * its address is the frame's: DPDK aligns elements to cache lines, not to pages.
 *
 * Gets and puts are DPDK's inline functions, its libraries are linked
 * statically, and each thread registers, without which it has no cache.
 *
 * `spins` is set but for the lock-free stack: others spin for a thread that lost
 * its CPU amid the ring's exchange, or with the stack's lock.
 */
#ifndef BENCH_SERVE_OVER_MEMPOOL_H
#define BENCH_SERVE_OVER_MEMPOOL_H

#include "serve/subject.h"
#include "support/message.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mempool.h>
#include <rte_version.h>

_Static_assert(sizeof(fmag_hpa_t) == sizeof(void *),
	"frames are given to DPDK as pointers");

static inline fmag_hpa_t alloc_one(void *ctx)
{
	void *frame;

	return rte_mempool_get(ctx, &frame) == 0 ? (uintptr_t)frame
						 : FMAG_HPA_NONE;
}

static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	rte_mempool_put(ctx, (void *)(uintptr_t)frame);
}

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	return (void *)(uintptr_t)frame;
}

#define RUN_HAS_BULK

static inline size_t alloc_many(void *ctx, fmag_hpa_t *frames, size_t count)
{
	return rte_mempool_get_bulk(ctx, (void **)frames, (unsigned)count) == 0
		? count
		: 0;
}

static inline void free_many(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	rte_mempool_put_bulk(ctx, (void *const *)frames, (unsigned)count);
}

#include "serve/loops.h"

/* Its memory is ordinary, and in one heap. */
#define OVER_MEMPOOL_SOCKET 0

/* Bytes that were in use there before the mempool. */
static size_t over_mempool_heap_before;

static size_t over_mempool_heap(void)
{
	struct rte_malloc_socket_stats stats;

	return rte_malloc_get_socket_stats(OVER_MEMPOOL_SOCKET, &stats) == 0
		? stats.heap_allocsz_bytes
		: 0;
}

/*
 * Bytes for all elements, each with its header, and for the caches; 192 a frame
 * for what is under the caches, and for what DPDK reserves of small pages beyond
 * its need, and leaves untouched.
 */
static size_t over_mempool_heap_wanted(size_t frames)
{
	return frames *
		(rte_mempool_calc_obj_size(RUN_FRAME_SIZE, 0, NULL) + 192) +
		((size_t)16 << 20);
}

/*
 * DPDK without huge pages, devices or files, with one CPU for its main thread,
 * this one, and without a word unless something is wrong. Threads that are
 * created later would be bound to that CPU too, so that is undone.
 */
static bool over_mempool_start(size_t heap)
{
	char megabytes[32], cpu[32];
	char *arguments[] = { (char[]){ "fmag-bench" }, megabytes, cpu,
		(char[]){ "--no-huge" }, (char[]){ "--no-shconf" },
		(char[]){ "--no-pci" }, (char[]){ "--no-telemetry" },
		(char[]){ "--log-level=error" }, NULL };
	cpu_set_t allowed;

	snprintf(megabytes, sizeof(megabytes), "-m%zu", (heap >> 20) + 1);
	snprintf(cpu, sizeof(cpu), "--lcores=0@%d", sched_getcpu());
	if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0 &&
		rte_eal_init(sizeof(arguments) / sizeof(*arguments) - 1,
			arguments) >= 0)
		return sched_setaffinity(0, sizeof(allowed), &allowed) == 0;
	message("rte_eal_init: %s", rte_strerror(rte_errno));
	return false;
}

static void over_mempool_touch(
	struct rte_mempool *pool, void *ctx, void *frame, unsigned number)
{
	(void)pool;
	(void)ctx;
	(void)number;
	memset(frame, 0, RUN_FRAME_SIZE);
}

static enum fmag_status over_mempool_open(
	const char *ops, unsigned cache_size, size_t frames, void **ctx)
{
	struct rte_mempool *pool;

	if (!over_mempool_start(over_mempool_heap_wanted(frames)))
		return FMAG_ERR_UNSUPPORTED;
	over_mempool_heap_before = over_mempool_heap();
	pool = rte_mempool_create_empty("frames", (unsigned)frames,
		RUN_FRAME_SIZE, cache_size, 0, OVER_MEMPOOL_SOCKET, 0);
	if (pool == NULL || rte_mempool_set_ops_byname(pool, ops, NULL) != 0 ||
		rte_mempool_populate_default(pool) < 0) {
		message("a mempool on %s: %s", ops, rte_strerror(rte_errno));
		return FMAG_ERR_NO_MEMORY;
	}
	rte_mempool_obj_iter(pool, over_mempool_touch, NULL);
	*ctx = pool;
	return FMAG_OK;
}

static void over_mempool_add_chunk(struct rte_mempool *pool, void *sum,
	struct rte_mempool_memhdr *chunk, unsigned number)
{
	size_t *bytes = sum;

	(void)pool;
	(void)number;
	*bytes += chunk->len;
}

/*
 * All that the mempool took of DPDK's heap but its elements: the pool under the
 * caches, and the caches, of which there are RTE_MAX_LCORE on any machine. And of
 * each element its header.
 */
static struct run_inventory over_mempool_inventory(void *ctx)
{
	struct rte_mempool *pool = ctx;
	size_t header = pool->header_size + pool->trailer_size;
	size_t elements = 0;

	rte_mempool_mem_iter(pool, over_mempool_add_chunk, &elements);
	return (struct run_inventory){
		.frames = pool->size,
		.metadata_bytes = over_mempool_heap() -
			over_mempool_heap_before - elements +
			pool->size * header,
	};
}

static bool over_mempool_close(void *ctx)
{
	struct rte_mempool *pool = ctx;
	unsigned out = rte_mempool_in_use_count(pool);

	rte_mempool_free(pool);
	rte_eal_cleanup();
	if (out == 0)
		return true;
	message("DPDK: %u frames still out", out);
	return false;
}

static bool over_mempool_enter(void *ctx, unsigned thread)
{
	(void)ctx;
	if (rte_thread_register() == 0)
		return true;
	message("thread %u: rte_thread_register: %s", thread,
		rte_strerror(rte_errno));
	return false;
}

/* Its cache would keep what it has for the next thread of that number. */
static void over_mempool_leave(void *ctx)
{
	rte_mempool_cache_flush(
		rte_mempool_default_cache(ctx, rte_lcore_id()), ctx);
	rte_thread_unregister();
}

/* "DPDK 22.11.11" */
static const char *over_mempool_version(void)
{
	return rte_version();
}

#endif
