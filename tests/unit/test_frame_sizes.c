/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache's whole life with frames of each size, on each front. The memory is
 * an arena's, of which only what is zeroed is ever touched (G5); of 1 GiB
 * frames there is none at all, only addresses.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/each_front.h"
#include "support/fixture.h"

#define KIB    ((size_t)1 << 10)
#define MIB    ((size_t)1 << 20)
#define GIB    ((size_t)1 << 30)
#define FRAMES 40

static struct fixture fix;

static struct fmag_cache *make(
	enum fmag_front_kind front, const struct fmag_hal *hal)
{
	const struct fmag_config config = {
		.struct_size = sizeof(config),
		.front = front,
		.magazine_rounds = 8,
		.magazine_count = 64,
		.on_fault = fixture_on_fault,
		.hook_ctx = &fix,
	};
	struct fmag_cache *cache;

	cr_assert_eq(fmag_cache_create(&cache, hal, &config), FMAG_OK);
	return cache;
}

/* All frames, each its own, on their boundaries. */
static void use_frames(struct fmag_cache *cache)
{
	const size_t size = fmag_frame_size(cache);
	fmag_hpa_t frames[FRAMES + 1];

	for (size_t i = 0; i < FRAMES; i++) {
		frames[i] = fmag_alloc_frame(cache);
		cr_assert_neq(frames[i], FMAG_HPA_NONE);
		cr_assert_eq(frames[i] % size, 0);
		for (size_t j = 0; j < i; j++)
			cr_assert_neq(frames[i], frames[j], "G2");
	}
	cr_assert_eq(fmag_alloc_frame(cache), FMAG_HPA_NONE, "G4");
	for (size_t i = 0; i < FRAMES; i++)
		fmag_dealloc_frame(cache, frames[i]);
	cr_assert_eq(fmag_alloc_frames(cache, frames, FRAMES + 1), FRAMES);
	fmag_dealloc_frames(cache, frames, FRAMES);
}

static void use_a_run(struct fmag_cache *cache)
{
	const size_t size = fmag_frame_size(cache);
	fmag_hpa_t run = fmag_alloc_contiguous(cache, 4, 4 * size);

	cr_assert_neq(run, FMAG_HPA_NONE);
	cr_assert_eq(run % (4 * size), 0);
	fmag_dealloc_contiguous(cache, run, 4);
}

static void use_a_handle(struct fmag_cache *cache)
{
	FMAG_SCOPED struct fmag_phys_frame frame = FMAG_PHYS_FRAME_UNINIT;

	cr_assert_eq(fmag_phys_frame_alloc(cache, &frame), FMAG_OK);
	cr_assert_eq(
		fmag_phys_frame_start_paddr(&frame) % fmag_frame_size(cache),
		0);
}

/* To its last byte, and not beyond it. */
static void use_a_zeroed_one(struct fmag_cache *cache)
{
	const size_t size = fmag_frame_size(cache);
	struct fmag_phys_frame frame;
	const char *memory;

	cr_assert_eq(fmag_phys_frame_alloc(cache, &frame), FMAG_OK);
	fmag_phys_frame_fill(&frame, 0xa5);
	fmag_phys_frame_drop(&frame);
	cr_assert_eq(fmag_phys_frame_alloc_zero(cache, &frame), FMAG_OK);
	memory = fmag_phys_frame_as_mut_ptr(&frame);
	cr_assert_eq(memory[0], 0);
	cr_assert_eq(memcmp(memory, memory + 1, size - 1), 0, "all are 0");
	fmag_phys_frame_drop(&frame);
}

static void drain(struct fmag_cache *cache)
{
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(cache, &stats);
	cr_assert_eq(fmag_cache_drain(cache, SIZE_MAX), stats.frames_cached);
	fmag_cache_get_stats(cache, &stats);
	cr_assert_eq(stats.frames_from_hal, 0, "G1");
}

static void live(struct fmag_cache *cache, bool has_memory)
{
	use_frames(cache);
	use_a_run(cache);
	use_a_handle(cache);
	if (has_memory)
		use_a_zeroed_one(cache);
	drain(cache);
	use_frames(cache);
	cr_assert_eq(fmag_cache_destroy(cache), 0, "G1");
	cr_assert_eq(fix.faults, 0);
}

static void live_on_an_arena(enum fmag_front_kind front, size_t size)
{
	const struct fmag_arena_config pool = {
		.size = FRAMES * size,
		.backing = FMAG_ARENA_ANONYMOUS,
	};
	struct fmag_arena *arena;
	struct fmag_hal hal;

	cr_assert_eq(fmag_arena_create(&arena, &pool), FMAG_OK);
	cr_assert_eq(fmag_arena_hal(arena, size, &hal), FMAG_OK);
	live(make(front, &hal), true);
	cr_assert_eq(fmag_arena_free_bytes(arena), FRAMES * size, "G1");
	fmag_arena_destroy(arena);
}

/* What owner asks for; and what one CPU has freed is not looked for by another. */
static void stay_on_this_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((unsigned)sched_getcpu(), &set);
	cr_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

#define ON_EACH_FRONT(name, size)                            \
	TEST_ON_EACH_FRONT(frame_sizes, name, .timeout = 60) \
	{                                                    \
		stay_on_this_cpu();                          \
		live_on_an_arena(front, size);               \
	}                                                    \
	TEST_ON_OWNER(frame_sizes, name, .timeout = 60)

ON_EACH_FRONT(frames_of_4_kib, 4 * KIB)
ON_EACH_FRONT(frames_of_16_kib, 16 * KIB)
ON_EACH_FRONT(frames_of_64_kib, 64 * KIB)
ON_EACH_FRONT(frames_of_2_mib, 2 * MIB)

/* Addresses without memory, for frames larger than this machine has. */

static bool is_out[FRAMES];

static fmag_hpa_t at(size_t index)
{
	return (index + 4) * GIB;
}

static fmag_hpa_t take_run(void *ctx, size_t count, size_t align)
{
	(void)ctx;
	for (size_t i = 0; i + count <= FRAMES; i++) {
		size_t n = 0;

		while (n < count && !is_out[i + n])
			n++;
		if (n < count || at(i) % align != 0)
			continue;
		memset(&is_out[i], true, count);
		return at(i);
	}
	return FMAG_HPA_NONE;
}

static void give_run(void *ctx, fmag_hpa_t paddr, size_t count)
{
	(void)ctx;
	for (size_t i = paddr / GIB - 4; count-- > 0; i++) {
		cr_assert(is_out[i], "G2");
		is_out[i] = false;
	}
}

static fmag_hpa_t take_one(void *ctx)
{
	return take_run(ctx, 1, GIB);
}

static void give_one(void *ctx, fmag_hpa_t paddr)
{
	give_run(ctx, paddr, 1);
}

static void *no_memory(void *ctx, fmag_hpa_t paddr)
{
	(void)ctx;
	(void)paddr;
	return NULL;
}

static fmag_hpa_t no_address(void *ctx, const void *vaddr)
{
	(void)ctx;
	(void)vaddr;
	return FMAG_HPA_NONE;
}

static const struct fmag_hal_ops bare_ops = {
	.struct_size = sizeof(bare_ops),
	.alloc_frame = take_one,
	.dealloc_frame = give_one,
	.phys_to_virt = no_memory,
	.virt_to_phys = no_address,
	.alloc_contiguous = take_run,
	.dealloc_contiguous = give_run,
};

TEST_ON_EACH_FRONT(frame_sizes, frames_of_1_gib, .timeout = 60)
{
	const struct fmag_hal hal = { .ops = &bare_ops, .frame_size = GIB };
	struct fmag_phys_frame frame;
	struct fmag_cache *cache;

	stay_on_this_cpu();
	cache = make(front, &hal);
	cr_assert_eq(fmag_phys_frame_alloc_zero(cache, &frame),
		FMAG_ERR_UNSUPPORTED, "nothing reaches it");
	live(cache, false);
	for (size_t i = 0; i < FRAMES; i++)
		cr_assert_not(is_out[i], "G1");
}

TEST_ON_OWNER(frame_sizes, frames_of_1_gib, .timeout = 60)
