/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A free list behind a mutex: the allocator that a user-space VMM writes
 * first. The links lie in an array, so that no frame is touched.
 */
#include "allocators/allocator.h"

#include <pthread.h>
#include <stdlib.h>

struct list {
	pthread_mutex_t lock;
	size_t free;   /* entries on the list */
	size_t head;   /* the first, or the pool's frame count: none */
	size_t next[]; /* by frame */
};

static fmag_hpa_t alloc_frame(void *ctx)
{
	const struct allocator *allocator = ctx;
	struct list *list = allocator->state;
	fmag_hpa_t frame = FMAG_HPA_NONE;

	pthread_mutex_lock(&list->lock);
	if (list->free > 0) {
		frame = pool_frame(&allocator->pool, list->head);
		list->head = list->next[list->head];
		list->free--;
	}
	pthread_mutex_unlock(&list->lock);
	return frame;
}

static void dealloc_frame(void *ctx, fmag_hpa_t paddr)
{
	const struct allocator *allocator = ctx;
	struct list *list = allocator->state;
	size_t index = pool_index(&allocator->pool, paddr);

	pthread_mutex_lock(&list->lock);
	list->next[index] = list->head;
	list->head = index;
	list->free++;
	pthread_mutex_unlock(&list->lock);
}

static const struct fmag_hal_ops ops = {
	.struct_size = sizeof(ops),
	.alloc_frame = alloc_frame,
	.dealloc_frame = dealloc_frame,
	.phys_to_virt = allocator_phys_to_virt,
	.virt_to_phys = allocator_virt_to_phys,
};

static bool open_list(struct allocator *allocator)
{
	size_t frames = allocator->pool.frames;
	size_t size = sizeof(struct list) + frames * sizeof(size_t);
	struct list *list = malloc(size);

	if (list == NULL)
		return false;
	pthread_mutex_init(&list->lock, NULL);
	list->free = frames;
	list->head = 0;
	for (size_t i = 0; i < frames; i++)
		list->next[i] = i + 1;
	allocator->state = list;
	allocator->metadata_bytes = size;
	allocator->hal = (struct fmag_hal){ &ops, allocator, FRAME_SIZE, 0 };
	return true;
}

static size_t frames_free(const struct allocator *allocator)
{
	const struct list *list = allocator->state;

	return list->free;
}

const struct allocator_kind allocator_mutex = {
	.name = "mutex list",
	.open = open_list,
	.frames_free = frames_free,
	.close = allocator_free_state,
};
