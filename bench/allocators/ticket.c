/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bitmap under a ticket lock: the allocator that a small type-1 hypervisor
 * has. A ticket lock hands over in order, so one holder, or one waiter, that
 * loses its CPU stops everyone: only for as many threads as CPUs.
 */
#include "allocators/allocator.h"

#include <stdatomic.h>
#include <stdlib.h>

#define LINE      128 /* two cache lines: the prefetcher takes pairs */
#define WORD_BITS 64

struct bitmap {
	_Alignas(LINE) atomic_uint ticket;  /* the next to be drawn */
	_Alignas(LINE) atomic_uint serving; /* the one that holds the lock */
	_Alignas(LINE) size_t free;         /* bits set */
	size_t words;
	size_t hint; /* where the last frame was found */
	uint64_t word[];
};

static void lock(struct bitmap *map)
{
	unsigned mine = atomic_fetch_add_explicit(
		&map->ticket, 1, memory_order_relaxed);

	/* Acquire: partner of unlock()'s release. */
	while (atomic_load_explicit(&map->serving, memory_order_acquire) !=
		mine) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#endif
	}
}

static void unlock(struct bitmap *map)
{
	unsigned next =
		atomic_load_explicit(&map->serving, memory_order_relaxed) + 1;

	atomic_store_explicit(&map->serving, next, memory_order_release);
}

/* Under the lock, and with a bit set somewhere. */
static size_t take_bit(struct bitmap *map)
{
	size_t bit;

	while (map->word[map->hint] == 0)
		map->hint = map->hint + 1 < map->words ? map->hint + 1 : 0;
	bit = (size_t)__builtin_ctzll(map->word[map->hint]);
	map->word[map->hint] &= map->word[map->hint] - 1;
	map->free--;
	return map->hint * WORD_BITS + bit;
}

static fmag_hpa_t alloc_frame(void *ctx)
{
	const struct allocator *allocator = ctx;
	struct bitmap *map = allocator->state;
	fmag_hpa_t frame = FMAG_HPA_NONE;

	lock(map);
	if (map->free > 0)
		frame = pool_frame(&allocator->pool, take_bit(map));
	unlock(map);
	return frame;
}

static void dealloc_frame(void *ctx, fmag_hpa_t paddr)
{
	const struct allocator *allocator = ctx;
	struct bitmap *map = allocator->state;
	size_t index = pool_index(&allocator->pool, paddr);

	lock(map);
	map->word[index / WORD_BITS] |= UINT64_C(1) << index % WORD_BITS;
	map->free++;
	map->hint = index / WORD_BITS;
	unlock(map);
}

static const struct fmag_hal_ops ops = {
	.struct_size = sizeof(ops),
	.alloc_frame = alloc_frame,
	.dealloc_frame = dealloc_frame,
	.phys_to_virt = allocator_phys_to_virt,
	.virt_to_phys = allocator_virt_to_phys,
};

static bool open_bitmap(struct allocator *allocator)
{
	size_t frames = allocator->pool.frames;
	size_t words = (frames + WORD_BITS - 1) / WORD_BITS;
	size_t size = sizeof(struct bitmap) + words * sizeof(uint64_t);
	struct bitmap *map =
		aligned_alloc(LINE, (size + LINE - 1) / LINE * LINE);

	if (map == NULL)
		return false;
	*map = (struct bitmap){ .free = frames, .words = words };
	for (size_t i = 0; i < words; i++)
		map->word[i] = UINT64_MAX;
	if (frames % WORD_BITS != 0)
		map->word[words - 1] = (UINT64_C(1) << frames % WORD_BITS) - 1;
	allocator->state = map;
	allocator->metadata_bytes = size;
	allocator->hal = (struct fmag_hal){ &ops, allocator, FRAME_SIZE, 0 };
	return true;
}

static size_t frames_free(const struct allocator *allocator)
{
	const struct bitmap *map = allocator->state;

	return map->free;
}

const struct allocator_kind allocator_ticket = {
	.name = "ticket bitmap",
	.spins = true,
	.open = open_bitmap,
	.frames_free = frames_free,
	.close = allocator_free_state,
};
