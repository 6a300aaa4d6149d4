/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host's own allocator, for the samples that bring one: a stack of frames
 * under a lock.
 */
#ifndef TSAN_HOST_H
#define TSAN_HOST_H

#include <string.h>
#include <sys/mman.h>

#include "client.h"

#define HOST_FRAMES     256
#define HOST_FRAME_SIZE 4096
#define HOST_BASE       ((fmag_hpa_t)HOST_FRAME_SIZE)

struct host {
	int clears;     /* what comes back is cleared at once */
	int hides_half; /* every second frame is not mapped */
	char *memory;
	pthread_mutex_t lock;
	size_t free_list[HOST_FRAMES];
	size_t free_count;
};

static inline size_t host_index(fmag_hpa_t frame)
{
	return (size_t)(frame - HOST_BASE) / HOST_FRAME_SIZE;
}

static fmag_hpa_t host_alloc(void *ctx)
{
	struct host *host = ctx;
	fmag_hpa_t frame = FMAG_HPA_NONE;

	pthread_mutex_lock(&host->lock);
	if (host->free_count > 0)
		frame = HOST_BASE +
			host->free_list[--host->free_count] * HOST_FRAME_SIZE;
	pthread_mutex_unlock(&host->lock);
	return frame;
}

static void host_dealloc(void *ctx, fmag_hpa_t frame)
{
	struct host *host = ctx;

	if (host->clears)
		memset(host->memory + (frame - HOST_BASE), 0, HOST_FRAME_SIZE);
	pthread_mutex_lock(&host->lock);
	host->free_list[host->free_count++] = host_index(frame);
	pthread_mutex_unlock(&host->lock);
}

static void *host_to_virt(void *ctx, fmag_hpa_t frame)
{
	const struct host *host = ctx;

	if (host->hides_half && host_index(frame) % 2)
		return NULL;
	return host->memory + (frame - HOST_BASE);
}

static fmag_hpa_t host_to_phys(void *ctx, const void *memory)
{
	const struct host *host = ctx;

	return HOST_BASE + (fmag_hpa_t)((const char *)memory - host->memory);
}

static const struct fmag_hal_ops host_ops = {
	.struct_size = sizeof(host_ops),
	.alloc_frame = host_alloc,
	.dealloc_frame = host_dealloc,
	.phys_to_virt = host_to_virt,
	.virt_to_phys = host_to_phys,
};

/* A cache over `host`, whose flags are set; small: it calls the host often. */
static inline struct fmag_cache *host_start(struct host *host, int protection)
{
	const struct fmag_hal hal = { &host_ops, host, HOST_FRAME_SIZE, 0 };
	const struct fmag_config config = {
		.cpu_count = 1,
		.magazine_rounds = 4,
		.magazine_count = 8,
		.current_cpu = client_cpu,
	};
	struct fmag_cache *cache;

	pthread_mutex_init(&host->lock, NULL);
	for (size_t i = 0; i < HOST_FRAMES; i++)
		host->free_list[host->free_count++] = i;
	host->memory = mmap(NULL, HOST_FRAMES * HOST_FRAME_SIZE, protection,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(host->memory != MAP_FAILED, "memory");
	require(fmag_cache_create(&cache, &hal, &config) == FMAG_OK, "cache");
	return cache;
}

#endif
