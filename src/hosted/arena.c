/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena: a pool of memory, a bitmap of its free granules, and the verbs of
 * a HAL over both.
 *
 * Metadata is one mapping of its own, in two parts:
 *
 *   | struct fmag_arena          | struct wiped | lanes | words ... |
 *   | written by create, const   | MADV_WIPEONFORK                  |
 *
 * so that in a forked child the bitmap is dry and `in_use` is 0, while address
 * translation, which needs only the first part, goes on.
 */
#include <fmag/arena.h>

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <fmag/fault.h>

#include "base/annotate.h"
#include "base/atomic.h"
#include "base/bits.h"
#include "base/compiler.h"
#include "hosted/arena_bitmap.h"
#include "hosted/arena_pool.h"

#define GRANULE_LOG2   12
#define MAX_FRAME_LOG2 30

/* The members that the first released layout had. */
#define FIRST_LAYOUT_SIZE                                  \
	(offsetof(struct fmag_arena_config, message_ctx) + \
		sizeof(((struct fmag_arena_config *)NULL)->message_ctx))

/* What a HAL's ctx points to: one frame size of one arena. */
struct fmag_arena_frames {
	struct fmag_arena *arena;
	size_t frame_size; /* bytes */
};

/* The head of the part that a fork wipes. */
struct wiped {
	uint64_t in_use; /* 1 from create to destroy */
} __attribute__((aligned(FMAG_LINE_PAIR)));

struct fmag_arena {
	fmag_hpa_t base;
	size_t size;
	struct wiped *wiped;
	size_t metadata_size;
	struct fmag_arena_bitmap bitmap;
	struct fmag_arena_pool pool;
	/* One for each size there can be, so that fmag_arena_hal() only picks
	 * one. Indexed by log2 of the size, less GRANULE_LOG2. */
	struct fmag_arena_frames frames[MAX_FRAME_LOG2 - GRANULE_LOG2 + 1];
};

static unsigned current_cpu(void)
{
	/* -1, where the system does not tell, is as good as another. */
	return (unsigned)sched_getcpu();
}

/* Each granule apart: it may come back in a frame of another size. */
static void annotate(const struct fmag_arena *arena, size_t offset, size_t size,
	fmag_annotation annotation)
{
	char *memory = (char *)arena->pool.memory + offset;

	for (size_t at = 0; FMAG_ANNOTATES && at < size;
		at += FMAG_ARENA_GRANULE)
		annotation(memory + at, FMAG_ARENA_GRANULE);
}

/* Verbs: allocation */

static fmag_hpa_t hpa_of(const struct fmag_arena *arena, size_t granule)
{
	return arena->base + granule * FMAG_ARENA_GRANULE;
}

/* `size` and `align` in bytes, multiples of a granule. */
static fmag_hpa_t alloc_run(struct fmag_arena *arena, size_t size, size_t align)
{
	size_t granule = fmag_arena_bitmap_claim(&arena->bitmap, current_cpu(),
		size / FMAG_ARENA_GRANULE, align / FMAG_ARENA_GRANULE);

	if (granule == FMAG_ARENA_BITMAP_NONE)
		return FMAG_HPA_NONE;
	annotate(arena, granule * FMAG_ARENA_GRANULE, size,
		fmag_annotate_handed_out);
	return hpa_of(arena, granule);
}

static fmag_hpa_t alloc_frame(void *ctx)
{
	struct fmag_arena_frames *frames = ctx;

	return alloc_run(frames->arena, frames->frame_size, frames->frame_size);
}

static fmag_hpa_t alloc_contiguous(void *ctx, size_t count, size_t align)
{
	struct fmag_arena_frames *frames = ctx;
	struct fmag_arena *arena = frames->arena;

	if (!fmag_is_power_of_two(align))
		return FMAG_HPA_NONE;
	if (count == 0 || count > arena->size / frames->frame_size)
		return FMAG_HPA_NONE;
	if (align < frames->frame_size)
		align = frames->frame_size;
	return alloc_run(arena, count * frames->frame_size, align);
}

static size_t store_granules(const struct fmag_arena *arena,
	struct fmag_arena_bits bits, fmag_hpa_t *frames)
{
	size_t stored = 0;

	for (; bits.mask != 0; bits.mask &= bits.mask - 1) {
		size_t granule =
			bits.first + (size_t)__builtin_ctzll(bits.mask);

		annotate(arena, granule * FMAG_ARENA_GRANULE,
			FMAG_ARENA_GRANULE, fmag_annotate_handed_out);
		frames[stored++] = hpa_of(arena, granule);
	}
	return stored;
}

static size_t alloc_granules(
	struct fmag_arena *arena, fmag_hpa_t *frames, size_t count)
{
	unsigned cpu = current_cpu();
	size_t stored = 0;

	while (stored < count) {
		struct fmag_arena_bits bits = fmag_arena_bitmap_claim_bits(
			&arena->bitmap, cpu, count - stored);

		if (bits.mask == 0)
			break;
		stored += store_granules(arena, bits, frames + stored);
	}
	return stored;
}

/* All of an arena's memory is of no node in particular. */
static size_t alloc_frames(
	void *ctx, fmag_hpa_t *paddrs, size_t count, int node, unsigned *flags)
{
	struct fmag_arena_frames *frames = ctx;
	size_t stored = 0;

	(void)node;
	(void)flags;
	if (frames->frame_size == FMAG_ARENA_GRANULE)
		return alloc_granules(frames->arena, paddrs, count);
	while (stored < count) {
		fmag_hpa_t paddr = alloc_frame(ctx);

		if (paddr == FMAG_HPA_NONE)
			break;
		paddrs[stored++] = paddr;
	}
	return stored;
}

/* Verbs: giving back */

/* The offset of a frame that a caller may name, or no return. */
static size_t checked_offset(
	const struct fmag_arena_frames *frames, fmag_hpa_t paddr)
{
	const struct fmag_arena *arena = frames->arena;
	uint64_t offset = paddr - arena->base;

	if (fmag_unlikely(!fmag_load_relaxed(&arena->wiped->in_use)))
		fmag_panic("arena used after fork");
	if (fmag_unlikely(offset > arena->size - frames->frame_size))
		fmag_panic("arena: address is not of this arena");
	if (fmag_unlikely(paddr & (frames->frame_size - 1)))
		fmag_panic("arena: address is not a multiple of the frame "
			   "size");
	return (size_t)offset;
}

/* `offset` and `size` in bytes. */
static void release_run(struct fmag_arena *arena, size_t offset, size_t size)
{
	bool were_used;

	annotate(arena, offset, size, fmag_annotate_given_back);
	were_used = fmag_arena_bitmap_release(&arena->bitmap, current_cpu(),
		offset / FMAG_ARENA_GRANULE, size / FMAG_ARENA_GRANULE);
	if (fmag_unlikely(!were_used))
		fmag_panic("arena: frame given back twice");
}

static void dealloc_frame(void *ctx, fmag_hpa_t paddr)
{
	struct fmag_arena_frames *frames = ctx;

	release_run(frames->arena, checked_offset(frames, paddr),
		frames->frame_size);
}

static void dealloc_contiguous(void *ctx, fmag_hpa_t paddr, size_t count)
{
	struct fmag_arena_frames *frames = ctx;
	struct fmag_arena *arena = frames->arena;
	size_t offset = checked_offset(frames, paddr);
	size_t room = (arena->size - offset) / frames->frame_size;

	if (fmag_unlikely(count == 0 || count > room))
		fmag_panic("arena: run is empty, or ends outside this arena");
	release_run(arena, offset, count * frames->frame_size);
}

/*
 * Frames that lie side by side, in rising or falling order as they often come
 * back, are released as one run.
 */
static void dealloc_frames(void *ctx, const fmag_hpa_t *paddrs, size_t count)
{
	struct fmag_arena_frames *frames = ctx;
	size_t step = frames->frame_size;
	size_t start = 0;
	size_t end = 0; /* nothing gathered yet */

	for (size_t i = 0; i < count; i++) {
		size_t offset = checked_offset(frames, paddrs[i]);

		if (end != 0 && offset == end) {
			end += step;
		} else if (end != 0 && offset + step == start) {
			start = offset;
		} else {
			if (end != 0)
				release_run(frames->arena, start, end - start);
			start = offset;
			end = offset + step;
		}
	}
	if (end != 0)
		release_run(frames->arena, start, end - start);
}

/* Verbs: memory */

static void *phys_to_virt(void *ctx, fmag_hpa_t paddr)
{
	const struct fmag_arena *arena =
		((struct fmag_arena_frames *)ctx)->arena;
	uint64_t offset = paddr - arena->base;

	if (offset >= arena->size)
		return NULL;
	return (char *)arena->pool.memory + offset;
}

static fmag_hpa_t virt_to_phys(void *ctx, const void *vaddr)
{
	const struct fmag_arena *arena =
		((struct fmag_arena_frames *)ctx)->arena;
	uint64_t offset = (uintptr_t)vaddr - (uintptr_t)arena->pool.memory;

	if (offset >= arena->size)
		return FMAG_HPA_NONE;
	return arena->base + offset;
}

static void fill_frame(void *ctx, fmag_hpa_t paddr, uint8_t byte)
{
	struct fmag_arena_frames *frames = ctx;
	size_t offset = checked_offset(frames, paddr);

	memset((char *)frames->arena->pool.memory + offset, byte,
		frames->frame_size);
}

static const struct fmag_hal_ops arena_ops = {
	.struct_size = sizeof(struct fmag_hal_ops),
	.alloc_frame = alloc_frame,
	.dealloc_frame = dealloc_frame,
	.phys_to_virt = phys_to_virt,
	.virt_to_phys = virt_to_phys,
	.alloc_frames = alloc_frames,
	.dealloc_frames = dealloc_frames,
	.alloc_contiguous = alloc_contiguous,
	.dealloc_contiguous = dealloc_contiguous,
	.fill_frame = fill_frame,
};

/* Creation */

/* Copies what the caller's layout has, and puts the defaults in. */
static bool read_config(
	struct fmag_arena_config *config, const struct fmag_arena_config *given)
{
	size_t size = FIRST_LAYOUT_SIZE;

	*config = (struct fmag_arena_config){ 0 };
	if (given != NULL && given->struct_size != 0) {
		if (given->struct_size < FIRST_LAYOUT_SIZE)
			return false;
		size = given->struct_size;
	}
	if (size > sizeof(*config))
		size = sizeof(*config);
	if (given != NULL)
		memcpy(config, given, size);
	if (config->size == 0)
		config->size = FMAG_ARENA_DEFAULT_SIZE;
	if (config->base == 0)
		config->base = FMAG_ARENA_DEFAULT_BASE;
	return true;
}

static bool config_is_valid(const struct fmag_arena_config *config)
{
	if (config->size % FMAG_ARENA_GRANULE != 0)
		return false;
	if (config->base % FMAG_ARENA_GRANULE != 0)
		return false;
	if (config->size - 1 > UINT64_MAX - config->base)
		return false;
	if (config->backing != FMAG_ARENA_MEMFD &&
		config->backing != FMAG_ARENA_ANONYMOUS)
		return false;
	return !(config->flags & ~(FMAG_ARENA_HUGETLB | FMAG_ARENA_POPULATE));
}

static size_t round_to_page(size_t size)
{
	size_t page_size = fmag_system_page_size();

	return (size + page_size - 1) & ~(page_size - 1);
}

/* Maps the metadata; what a fork must wipe is marked so. */
static struct fmag_arena *map_metadata(size_t granules)
{
	size_t kept = round_to_page(sizeof(struct fmag_arena));
	size_t wiped = round_to_page(sizeof(struct wiped) +
		fmag_arena_bitmap_storage_size(granules));
	char *memory = mmap(NULL, kept + wiped, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct fmag_arena *arena;

	if (memory == MAP_FAILED)
		return NULL;
	if (madvise(memory + kept, wiped, MADV_WIPEONFORK) != 0) {
		munmap(memory, kept + wiped);
		return NULL;
	}
	arena = (void *)memory;
	arena->wiped = (void *)(memory + kept);
	arena->metadata_size = kept + wiped;
	return arena;
}

static void init_arena(
	struct fmag_arena *arena, const struct fmag_arena_config *config)
{
	arena->base = config->base;
	arena->size = config->size;
	fmag_arena_bitmap_init(&arena->bitmap, arena->wiped + 1,
		config->size / FMAG_ARENA_GRANULE,
		config->base / FMAG_ARENA_GRANULE);
	for (unsigned i = 0; i < FMAG_ARRAY_LENGTH(arena->frames); i++) {
		arena->frames[i].arena = arena;
		arena->frames[i].frame_size = FMAG_ARENA_GRANULE << i;
	}
	arena->wiped->in_use = 1;
}

enum fmag_status fmag_arena_create(
	struct fmag_arena **arena, const struct fmag_arena_config *given)
{
	struct fmag_arena_config config;
	struct fmag_arena *made;

	if (arena == NULL)
		return FMAG_ERR_INVALID;
	*arena = NULL;
	if (!read_config(&config, given) || !config_is_valid(&config))
		return FMAG_ERR_INVALID;
	made = map_metadata(config.size / FMAG_ARENA_GRANULE);
	if (made == NULL)
		return FMAG_ERR_NO_MEMORY;
	if (!fmag_arena_pool_map(&made->pool, &config)) {
		munmap(made, made->metadata_size);
		return FMAG_ERR_NO_MEMORY;
	}
	init_arena(made, &config);
	*arena = made;
	return FMAG_OK;
}

void fmag_arena_destroy(struct fmag_arena *arena)
{
	if (arena == NULL)
		return;
	annotate(arena, 0, arena->size, fmag_annotate_to_hal);
	fmag_arena_pool_unmap(&arena->pool);
	munmap(arena, arena->metadata_size);
}

enum fmag_status fmag_arena_hal(
	struct fmag_arena *arena, size_t frame_size, struct fmag_hal *hal)
{
	unsigned log2;

	if (!fmag_is_power_of_two(frame_size) ||
		frame_size < FMAG_ARENA_GRANULE)
		return FMAG_ERR_INVALID;
	log2 = (unsigned)__builtin_ctzll(frame_size);
	if (log2 > MAX_FRAME_LOG2 || frame_size > arena->size)
		return FMAG_ERR_UNSUPPORTED;
	*hal = (struct fmag_hal){
		.ops = &arena_ops,
		.ctx = &arena->frames[log2 - GRANULE_LOG2],
		.frame_size = frame_size,
		.flags = FMAG_HAL_REENTRANT | FMAG_HAL_SPLITS_RUNS,
	};
	return FMAG_OK;
}

int fmag_arena_fd(const struct fmag_arena *arena)
{
	return arena->pool.fd;
}

void *fmag_arena_memory(const struct fmag_arena *arena)
{
	return arena->pool.memory;
}

fmag_hpa_t fmag_arena_base(const struct fmag_arena *arena)
{
	return arena->base;
}

size_t fmag_arena_size(const struct fmag_arena *arena)
{
	return arena->size;
}

size_t fmag_arena_page_size(const struct fmag_arena *arena)
{
	return arena->pool.page_size;
}

size_t fmag_arena_free_bytes(const struct fmag_arena *arena)
{
	return fmag_arena_bitmap_free_count(&arena->bitmap) *
		FMAG_ARENA_GRANULE;
}
