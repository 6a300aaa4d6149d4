/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena: its configuration, its HAL's verbs, misuse, fork. One test races.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmag/arena.h>

#include "base/atomic.h"

#define KIB     ((size_t)1 << 10)
#define MIB     ((size_t)1 << 20)
#define GIB     ((size_t)1 << 30)
#define GRANULE FMAG_ARENA_GRANULE

static struct fmag_arena *arena;

static void ignore_message(void *ctx, const char *message)
{
	(void)ctx;
	(void)message;
}

static struct fmag_arena_config config_of(size_t size, fmag_hpa_t base)
{
	return (struct fmag_arena_config){
		.struct_size = sizeof(struct fmag_arena_config),
		.size = size,
		.base = base,
		.on_message = ignore_message,
	};
}

static void make(size_t size, fmag_hpa_t base)
{
	struct fmag_arena_config config = config_of(size, base);

	cr_assert_eq(fmag_arena_create(&arena, &config), FMAG_OK);
}

static void make_from(const struct fmag_arena_config *config)
{
	cr_assert_eq(fmag_arena_create(&arena, config), FMAG_OK);
}

static struct fmag_hal hal_of(size_t frame_size)
{
	struct fmag_hal hal;

	cr_assert_eq(fmag_arena_hal(arena, frame_size, &hal), FMAG_OK);
	return hal;
}

static fmag_hpa_t alloc(const struct fmag_hal *hal)
{
	return hal->ops->alloc_frame(hal->ctx);
}

static void dealloc(const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	hal->ops->dealloc_frame(hal->ctx, paddr);
}

static fmag_hpa_t alloc_run(
	const struct fmag_hal *hal, size_t count, size_t align)
{
	return hal->ops->alloc_contiguous(hal->ctx, count, align);
}

static size_t alloc_many(
	const struct fmag_hal *hal, fmag_hpa_t *frames, size_t count)
{
	unsigned flags = 0;

	return hal->ops->alloc_frames(
		hal->ctx, frames, count, FMAG_NODE_ANY, &flags);
}

static void drop(void)
{
	fmag_arena_destroy(arena);
}

TestSuite(arena, .fini = drop);

/* Configuration */

static void expect_refused(const struct fmag_arena_config *config)
{
	struct fmag_arena *made = (void *)config; /* anything but NULL */

	cr_expect_eq(fmag_arena_create(&made, config), FMAG_ERR_INVALID);
	cr_expect_null(made);
}

Test(arena, without_a_configuration_it_is_64_mib_at_4_gib)
{
	make_from(NULL);
	cr_expect_eq(fmag_arena_size(arena), 64 * MIB);
	cr_expect_eq(fmag_arena_base(arena), 4 * GIB);
	cr_expect_eq(fmag_arena_free_bytes(arena), 64 * MIB);
	cr_expect_geq(fmag_arena_fd(arena), 0);
	cr_expect_eq(
		fmag_arena_page_size(arena), (size_t)sysconf(_SC_PAGESIZE));
}

Test(arena, zero_in_every_member_is_the_default)
{
	struct fmag_arena_config config = { 0 };

	make_from(&config);
	cr_expect_eq(fmag_arena_size(arena), FMAG_ARENA_DEFAULT_SIZE);
	cr_expect_eq(fmag_arena_base(arena), FMAG_ARENA_DEFAULT_BASE);
}

Test(arena, a_size_or_base_that_is_no_multiple_of_4096_is_refused)
{
	struct fmag_arena_config config = config_of(4097, 0);

	expect_refused(&config);
	config = config_of(4095, 0);
	expect_refused(&config);
	config = config_of(MIB, 4 * GIB + 512);
	expect_refused(&config);
	config = config_of(MIB, 1);
	expect_refused(&config);
}

Test(arena, a_pool_that_ends_past_2_to_the_64_is_refused)
{
	struct fmag_arena_config config = config_of(MIB, 0 - MIB + GRANULE);

	expect_refused(&config);
	config.base = 0 - GRANULE;
	expect_refused(&config);
	config.size = 0 - GRANULE;
	config.base = 2 * GRANULE;
	expect_refused(&config);
}

Test(arena, a_pool_may_end_at_2_to_the_64)
{
	struct fmag_hal hal;

	make(MIB, 0 - MIB);
	hal = hal_of(MIB);
	cr_expect_eq(alloc(&hal), 0 - MIB);
	cr_expect_eq(alloc(&hal), FMAG_HPA_NONE);
	dealloc(&hal, 0 - MIB);
	hal = hal_of(GRANULE);
	for (size_t i = 0; i < MIB / GRANULE; i++)
		cr_assert_geq(alloc(&hal), 0 - MIB);
	dealloc(&hal, 0 - GRANULE);
}

Test(arena, an_unknown_flag_or_backing_is_refused)
{
	struct fmag_arena_config config = config_of(MIB, 0);

	config.flags = 1u << 2;
	expect_refused(&config);
	config.flags = 0;
	config.backing = (enum fmag_arena_backing)2;
	expect_refused(&config);
}

Test(arena, a_struct_size_below_the_first_layout_is_refused)
{
	struct fmag_arena_config config = config_of(MIB, 0);

	config.struct_size = sizeof(config) - 1;
	expect_refused(&config);
	config.struct_size = 1;
	expect_refused(&config);
}

Test(arena, a_larger_struct_size_is_read_as_far_as_it_is_known)
{
	struct {
		struct fmag_arena_config config;
		char later[64];
	} newer;

	memset(&newer, 0xff, sizeof(newer));
	newer.config = config_of(MIB, 0);
	newer.config.struct_size = sizeof(newer);
	make_from(&newer.config);
	cr_expect_eq(fmag_arena_size(arena), MIB);
}

Test(arena, nowhere_to_put_the_arena_is_refused)
{
	cr_expect_eq(fmag_arena_create(NULL, NULL), FMAG_ERR_INVALID);
}

static size_t count_entries(const char *path)
{
	DIR *directory = opendir(path);
	size_t count = 0;

	cr_assert_not_null(directory);
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

Test(arena, a_create_that_fails_leaves_no_descriptor)
{
	struct fmag_arena_config config = config_of((size_t)1 << 62, 0);
	size_t before = count_entries("/proc/self/fd");

	for (unsigned i = 0; i < 8; i++) {
		config.backing =
			i & 1 ? FMAG_ARENA_ANONYMOUS : FMAG_ARENA_MEMFD;
		config.flags = i & 2 ? FMAG_ARENA_HUGETLB : 0;
		config.size = i & 4 ? (size_t)1 << 62 : (size_t)1 << 48;
		cr_expect_eq(
			fmag_arena_create(&arena, &config), FMAG_ERR_NO_MEMORY);
		cr_expect_null(arena);
	}
	cr_expect_eq(count_entries("/proc/self/fd"), before);
}

Test(arena, destroy_takes_null_and_closes_the_memfd)
{
	size_t before = count_entries("/proc/self/fd");

	fmag_arena_destroy(NULL);
	make(MIB, 0);
	cr_expect_eq(count_entries("/proc/self/fd"), before + 1);
	fmag_arena_destroy(arena);
	arena = NULL;
	cr_expect_eq(count_entries("/proc/self/fd"), before);
}

/* HALs */

Test(arena, frame_sizes_are_powers_of_two_from_4096_to_1_gib)
{
	struct fmag_hal hal = { 0 };

	make(2 * GIB, 0);
	cr_expect_eq(fmag_arena_hal(arena, 0, &hal), FMAG_ERR_INVALID);
	cr_expect_eq(fmag_arena_hal(arena, 2048, &hal), FMAG_ERR_INVALID);
	cr_expect_eq(fmag_arena_hal(arena, 12288, &hal), FMAG_ERR_INVALID);
	cr_expect_eq(
		fmag_arena_hal(arena, 2 * GIB, &hal), FMAG_ERR_UNSUPPORTED);
	cr_expect_null(hal.ops, "the HAL was touched");
	for (size_t size = GRANULE; size <= GIB; size *= 2)
		cr_expect_eq(fmag_arena_hal(arena, size, &hal), FMAG_OK);
}

Test(arena, a_frame_size_above_the_arena_is_unsupported)
{
	struct fmag_hal hal;

	make(MIB, 0);
	cr_expect_eq(
		fmag_arena_hal(arena, 2 * MIB, &hal), FMAG_ERR_UNSUPPORTED);
	cr_expect_eq(fmag_arena_hal(arena, MIB, &hal), FMAG_OK);
}

Test(arena, its_hal_has_every_verb_and_says_what_it_can)
{
	struct fmag_hal hal;

	make(MIB, 0);
	hal = hal_of(16 * KIB);
	cr_expect_eq(hal.ops->struct_size, sizeof(struct fmag_hal_ops));
	cr_expect_eq(hal.frame_size, 16 * KIB);
	cr_expect_eq(hal.flags, FMAG_HAL_REENTRANT | FMAG_HAL_SPLITS_RUNS);
	cr_expect(hal.ops->alloc_frame && hal.ops->dealloc_frame &&
		hal.ops->phys_to_virt && hal.ops->virt_to_phys &&
		hal.ops->alloc_frames && hal.ops->dealloc_frames &&
		hal.ops->alloc_contiguous && hal.ops->dealloc_contiguous &&
		hal.ops->fill_frame);
}

/* Takes all frames of a size; how many there were. */
static size_t expect_aligned_frames(size_t frame_size)
{
	struct fmag_hal hal = hal_of(frame_size);
	size_t count = 0;

	for (fmag_hpa_t paddr; (paddr = alloc(&hal)) != FMAG_HPA_NONE;) {
		cr_assert_eq(paddr % frame_size, 0);
		cr_assert_geq(paddr, fmag_arena_base(arena));
		count++;
	}
	return count;
}

Test(arena, a_frame_size_of_16k_is_aligned_in_physical_memory)
{
	make(MIB, 4 * GIB + GRANULE);
	cr_expect_eq(expect_aligned_frames(16 * KIB), 63);
}

Test(arena, a_frame_size_of_64k_is_aligned_in_physical_memory)
{
	make(4 * MIB, 4 * GIB + 3 * GRANULE);
	cr_expect_eq(expect_aligned_frames(64 * KIB), 63);
}

Test(arena, a_frame_size_of_2m_is_aligned_in_physical_memory)
{
	make(64 * MIB, 4 * GIB - 5 * GRANULE);
	cr_expect_eq(expect_aligned_frames(2 * MIB), 31);
}

Test(arena, exhaustion_is_none_and_all_can_be_had_again)
{
	static fmag_hpa_t frames[256];
	struct fmag_hal hal;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 256; i++) {
			frames[i] = alloc(&hal);
			cr_assert_neq(frames[i], FMAG_HPA_NONE, "G4");
		}
		cr_expect_eq(alloc(&hal), FMAG_HPA_NONE);
		cr_expect_eq(fmag_arena_free_bytes(arena), 0);
		for (size_t i = 0; i < 256; i++)
			dealloc(&hal, frames[i * 37 % 256]);
		cr_expect_eq(fmag_arena_free_bytes(arena), MIB, "G1");
	}
}

Test(arena, sizes_share_one_pool_and_its_bytes_are_conserved)
{
	static const size_t sizes[] = { GRANULE, 16 * KIB, 64 * KIB,
		256 * KIB };
	static fmag_hpa_t frames[4][256];
	size_t counts[4] = { 0 };
	size_t bytes = 0;

	make(MIB, 4 * GIB + GRANULE);
	for (size_t i = 0; i < 256; i++) {
		struct fmag_hal hal = hal_of(sizes[i % 4]);
		fmag_hpa_t paddr = alloc(&hal);

		if (paddr == FMAG_HPA_NONE)
			continue;
		frames[i % 4][counts[i % 4]++] = paddr;
		bytes += sizes[i % 4];
		cr_assert_eq(fmag_arena_free_bytes(arena), MIB - bytes, "G1");
	}
	for (size_t s = 0; s < 4; s++) {
		struct fmag_hal hal = hal_of(sizes[s]);

		cr_expect_gt(counts[s], 0);
		hal.ops->dealloc_frames(hal.ctx, frames[s], counts[s]);
	}
	cr_expect_eq(fmag_arena_free_bytes(arena), MIB, "G1");
	cr_expect_eq(expect_aligned_frames(256 * KIB), 3);
}

/* Several frames at once */

Test(arena, alloc_frames_gives_what_there_is)
{
	static fmag_hpa_t frames[300];
	struct fmag_hal hal;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	cr_expect_eq(alloc_many(&hal, frames, 0), 0);
	cr_expect_eq(alloc_many(&hal, frames, 100), 100);
	cr_expect_eq(alloc_many(&hal, frames + 100, 200), 156);
	cr_expect_eq(alloc_many(&hal, frames, 1), 0);
	hal.ops->dealloc_frames(hal.ctx, frames, 256);
	cr_expect_eq(fmag_arena_free_bytes(arena), MIB, "G1");
}

Test(arena, alloc_frames_of_larger_frames_gives_what_there_is)
{
	fmag_hpa_t frames[70];
	struct fmag_hal hal;

	make(MIB, 4 * GIB + GRANULE);
	hal = hal_of(16 * KIB);
	cr_expect_eq(alloc_many(&hal, frames, 70), 63);
	for (size_t i = 0; i < 63; i++)
		cr_expect_eq(frames[i] % (16 * KIB), 0);
	hal.ops->dealloc_frames(hal.ctx, frames, 63);
	cr_expect_eq(fmag_arena_free_bytes(arena), MIB, "G1");
}

Test(arena, dealloc_frames_takes_any_order)
{
	static const unsigned char orders[][6] = {
		{ 0, 1, 2, 3, 4, 5 },
		{ 5, 4, 3, 2, 1, 0 },
		{ 2, 3, 1, 4, 0, 5 },
		{ 0, 2, 4, 1, 3, 5 },
	};
	struct fmag_hal hal;

	make(6 * GRANULE, 0);
	hal = hal_of(GRANULE);
	for (size_t order = 0; order < 4; order++) {
		fmag_hpa_t frames[6], shuffled[6];

		cr_assert_eq(alloc_many(&hal, frames, 6), 6);
		for (size_t i = 0; i < 6; i++)
			shuffled[i] = frames[orders[order][i]];
		hal.ops->dealloc_frames(hal.ctx, shuffled, 6);
		cr_expect_eq(fmag_arena_free_bytes(arena), 6 * GRANULE);
	}
}

Test(arena, a_run_has_its_length_and_its_alignment)
{
	struct fmag_hal hal;
	fmag_hpa_t run;

	make(4 * MIB, 4 * GIB + GRANULE);
	hal = hal_of(GRANULE);
	run = alloc_run(&hal, 300, 256 * KIB);
	cr_assert_neq(run, FMAG_HPA_NONE);
	cr_expect_eq(run % (256 * KIB), 0);
	cr_expect_eq(fmag_arena_free_bytes(arena), 4 * MIB - 300 * GRANULE);
	hal.ops->dealloc_contiguous(hal.ctx, run, 300);
	cr_expect_eq(fmag_arena_free_bytes(arena), 4 * MIB, "G1");
}

Test(arena, a_run_of_large_frames_is_aligned_to_a_frame_at_least)
{
	struct fmag_hal hal;
	fmag_hpa_t run;

	make(MIB, 4 * GIB + GRANULE);
	hal = hal_of(16 * KIB);
	run = alloc_run(&hal, 3, 1);
	cr_assert_neq(run, FMAG_HPA_NONE);
	cr_expect_eq(run % (16 * KIB), 0);
	cr_expect_eq(fmag_arena_free_bytes(arena), MIB - 48 * KIB);
}

Test(arena, a_run_may_come_back_frame_by_frame)
{
	struct fmag_hal hal;
	fmag_hpa_t run;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	run = alloc_run(&hal, 100, GRANULE);
	for (size_t i = 0; i < 100; i++)
		dealloc(&hal, run + i * GRANULE);
	cr_expect_eq(fmag_arena_free_bytes(arena), MIB, "G1");
}

Test(arena, a_run_that_cannot_be_is_none)
{
	struct fmag_hal hal;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	cr_expect_eq(alloc_run(&hal, 0, GRANULE), FMAG_HPA_NONE);
	cr_expect_eq(alloc_run(&hal, 1, 0), FMAG_HPA_NONE);
	cr_expect_eq(alloc_run(&hal, 1, 3 * GRANULE), FMAG_HPA_NONE);
	cr_expect_eq(alloc_run(&hal, 257, GRANULE), FMAG_HPA_NONE);
	cr_expect_eq(alloc_run(&hal, SIZE_MAX, GRANULE), FMAG_HPA_NONE);
	cr_expect_eq(alloc_run(&hal, SIZE_MAX / GRANULE + 2, GRANULE),
		FMAG_HPA_NONE, "the size overflowed");
	cr_expect_eq(alloc_run(&hal, 256, GRANULE), 4 * GIB);
}

/* Memory */

Test(arena, addresses_are_translated_inside_the_pool_only)
{
	struct fmag_hal hal;
	char *memory;

	make(MIB, 4 * GIB + GRANULE);
	hal = hal_of(16 * KIB);
	memory = fmag_arena_memory(arena);
	for (size_t at = 0; at < MIB; at += 1000) {
		fmag_hpa_t paddr = 4 * GIB + GRANULE + at;

		cr_expect_eq(hal.ops->phys_to_virt(hal.ctx, paddr),
			(void *)(memory + at));
		cr_expect_eq(
			hal.ops->virt_to_phys(hal.ctx, memory + at), paddr);
	}
	cr_expect_null(hal.ops->phys_to_virt(hal.ctx, FMAG_HPA_NONE));
	cr_expect_null(hal.ops->phys_to_virt(hal.ctx, 4 * GIB));
	cr_expect_null(hal.ops->phys_to_virt(hal.ctx, 4 * GIB + GRANULE + MIB));
	cr_expect_eq(hal.ops->virt_to_phys(hal.ctx, &hal), FMAG_HPA_NONE);
	cr_expect_eq(hal.ops->virt_to_phys(hal.ctx, NULL), FMAG_HPA_NONE);
	cr_expect_eq(
		hal.ops->virt_to_phys(hal.ctx, memory + MIB), FMAG_HPA_NONE);
}

Test(arena, fill_frame_fills_the_whole_frame_and_no_more)
{
	struct fmag_hal hal;
	unsigned char *memory;

	make(MIB, 0);
	hal = hal_of(16 * KIB);
	memory = fmag_arena_memory(arena);
	hal.ops->fill_frame(hal.ctx, 4 * GIB + 16 * KIB, 0xa5);
	for (size_t i = 0; i < 16 * KIB; i++)
		cr_assert_eq(memory[16 * KIB + i], 0xa5);
	cr_expect_eq(memory[16 * KIB - 1], 0);
	cr_expect_eq(memory[32 * KIB], 0);
}

Test(arena, a_memfd_pool_can_be_mapped_elsewhere)
{
	char *memory, *elsewhere;

	make(MIB, 0);
	memory = fmag_arena_memory(arena);
	elsewhere =
		mmap(NULL, MIB, PROT_READ, MAP_SHARED, fmag_arena_fd(arena), 0);
	cr_assert_neq(elsewhere, MAP_FAILED);
	memory[5000] = 'x';
	cr_expect_eq(elsewhere[5000], 'x');
	munmap(elsewhere, MIB);
}

Test(arena, anonymous_memory_has_no_descriptor)
{
	struct fmag_arena_config config = config_of(MIB, 0);

	config.backing = FMAG_ARENA_ANONYMOUS;
	config.flags = FMAG_ARENA_POPULATE;
	make_from(&config);
	cr_expect_eq(fmag_arena_fd(arena), -1);
	memset(fmag_arena_memory(arena), 1, MIB);
}

Test(arena, populate_leaves_every_page_resident)
{
	struct fmag_arena_config config = config_of(MIB, 0);
	unsigned char resident[256] = { 0 };

	config.flags = FMAG_ARENA_POPULATE;
	make_from(&config);
	cr_assert_eq(mincore(fmag_arena_memory(arena), MIB, resident), 0);
	for (size_t i = 0; i < MIB / (size_t)sysconf(_SC_PAGESIZE); i++)
		cr_expect(resident[i] & 1, "page %zu", i);
}

/* Huge pages */

struct messages {
	int count;
	char last[200];
};

static void keep_message(void *ctx, const char *message)
{
	struct messages *messages = ctx;

	messages->count++;
	strncpy(messages->last, message, sizeof(messages->last) - 1);
}

/* Either there were huge pages, or the fall-back was told, once. */
static void expect_huge_or_told(struct fmag_arena_config config)
{
	struct messages messages = { 0 };
	struct fmag_hal hal;

	config.flags |= FMAG_ARENA_HUGETLB;
	config.on_message = keep_message;
	config.message_ctx = &messages;
	make_from(&config);
	cr_expect_eq(fmag_arena_size(arena), config.size);
	if (messages.count == 0)
		cr_expect_eq(fmag_arena_page_size(arena), 2 * MIB);
	else
		cr_expect_eq(fmag_arena_page_size(arena),
			(size_t)sysconf(_SC_PAGESIZE));
	cr_expect_leq(messages.count, 1);
	hal = hal_of(GRANULE);
	*(char *)hal.ops->phys_to_virt(hal.ctx, alloc(&hal)) = 1;
	fmag_arena_destroy(arena);
	arena = NULL;
}

Test(arena, huge_pages_are_had_or_their_lack_is_told)
{
	expect_huge_or_told(config_of(4 * MIB, 0));
}

Test(arena, huge_pages_take_a_size_that_is_not_a_multiple_of_them)
{
	struct fmag_arena_config config = config_of(3 * MIB + GRANULE, 0);

	expect_huge_or_told(config);
	config.backing = FMAG_ARENA_ANONYMOUS;
	config.flags = FMAG_ARENA_POPULATE;
	expect_huge_or_told(config);
}

/* More than any machine that runs tests keeps back for huge pages. */
Test(arena, a_fall_back_from_huge_pages_says_why)
{
	struct fmag_arena_config config = config_of(64 * GIB, 0);
	struct messages messages = { 0 };

	config.flags = FMAG_ARENA_HUGETLB;
	config.on_message = keep_message;
	config.message_ctx = &messages;
	make_from(&config);
	cr_expect_eq(messages.count, 1);
	cr_expect_not_null(strstr(messages.last, "huge pages asked for"));
	cr_expect_not_null(strstr(messages.last, "KiB pages"));
	cr_expect_null(strchr(messages.last, '\n'));
}

/* Misuse */

Test(arena, G8_a_double_free_panics, .signal = SIGABRT)
{
	struct fmag_hal hal;
	fmag_hpa_t paddr;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	paddr = alloc(&hal);
	dealloc(&hal, paddr);
	dealloc(&hal, paddr);
}

Test(arena, G8_a_double_free_in_one_call_panics, .signal = SIGABRT)
{
	struct fmag_hal hal;
	fmag_hpa_t frames[3];

	make(MIB, 0);
	hal = hal_of(GRANULE);
	cr_assert_eq(alloc_many(&hal, frames, 2), 2);
	frames[2] = frames[0];
	hal.ops->dealloc_frames(hal.ctx, frames, 3);
}

Test(arena, G8_a_run_that_overlaps_free_memory_panics, .signal = SIGABRT)
{
	struct fmag_hal hal;
	fmag_hpa_t run;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	run = alloc_run(&hal, 100, GRANULE);
	hal.ops->dealloc_contiguous(hal.ctx, run, 101);
}

Test(arena, G8_a_run_past_the_end_panics, .signal = SIGABRT)
{
	struct fmag_hal hal;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	while (alloc(&hal) != FMAG_HPA_NONE)
		;
	hal.ops->dealloc_contiguous(hal.ctx, 4 * GIB + GRANULE, 256);
}

Test(arena, G8_an_empty_run_panics, .signal = SIGABRT)
{
	struct fmag_hal hal;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	hal.ops->dealloc_contiguous(hal.ctx, alloc(&hal), 0);
}

static void give_back_bad(size_t frame_size, fmag_hpa_t base, fmag_hpa_t bad)
{
	struct fmag_hal hal;

	make(MIB, base);
	hal = hal_of(frame_size);
	while (alloc(&hal) != FMAG_HPA_NONE)
		;
	dealloc(&hal, bad);
}

Test(arena, G8_none_given_back_panics, .signal = SIGABRT)
{
	give_back_bad(GRANULE, 4 * GIB, FMAG_HPA_NONE);
}

Test(arena, G8_an_address_below_the_pool_panics, .signal = SIGABRT)
{
	give_back_bad(GRANULE, 4 * GIB, 4 * GIB - GRANULE);
}

Test(arena, G8_an_address_above_the_pool_panics, .signal = SIGABRT)
{
	give_back_bad(GRANULE, 4 * GIB, 4 * GIB + MIB);
}

Test(arena, G8_a_misaligned_address_panics, .signal = SIGABRT)
{
	give_back_bad(GRANULE, 4 * GIB, 4 * GIB + 8);
}

Test(arena, G8_alignment_of_the_index_alone_panics, .signal = SIGABRT)
{
	give_back_bad(16 * KIB, 4 * GIB + GRANULE, 4 * GIB + GRANULE);
}

Test(arena, G8_a_frame_that_ends_past_the_pool_panics, .signal = SIGABRT)
{
	give_back_bad(16 * KIB, 4 * GIB + GRANULE, 4 * GIB + MIB);
}

/* Fork */

/* Runs `child` in a forked process; how that ended, as of waitpid(). */
static int status_of_child(void (*child)(const struct fmag_hal *, fmag_hpa_t),
	const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	int status = 0;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO); /* the panic's message is expected */
		child(hal, paddr);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void expect_dry(const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	fmag_hpa_t frames[4];

	(void)paddr;
	if (alloc(hal) != FMAG_HPA_NONE || alloc_many(hal, frames, 4) != 0 ||
		alloc_run(hal, 2, GRANULE) != FMAG_HPA_NONE)
		_exit(1);
}

static void translate(const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	void *memory = hal->ops->phys_to_virt(hal->ctx, paddr);

	if (memory == NULL || hal->ops->virt_to_phys(hal->ctx, memory) != paddr)
		_exit(1);
}

static void give_back(const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	dealloc(hal, paddr);
}

static void give_back_many(const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	hal->ops->dealloc_frames(hal->ctx, &paddr, 1);
}

static void give_back_run(const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	hal->ops->dealloc_contiguous(hal->ctx, paddr, 1);
}

static void fill(const struct fmag_hal *hal, fmag_hpa_t paddr)
{
	hal->ops->fill_frame(hal->ctx, paddr, 1);
}

static bool aborted(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

Test(arena, in_a_forked_child_it_is_dry_and_panics_on_a_free)
{
	struct fmag_hal hal;
	fmag_hpa_t paddr;

	make(MIB, 0);
	hal = hal_of(GRANULE);
	paddr = alloc(&hal);
	cr_expect_eq(status_of_child(expect_dry, &hal, paddr), 0);
	cr_expect_eq(status_of_child(translate, &hal, paddr), 0);
	cr_expect(aborted(status_of_child(give_back, &hal, paddr)));
	cr_expect(aborted(status_of_child(give_back_many, &hal, paddr)));
	cr_expect(aborted(status_of_child(give_back_run, &hal, paddr)));
	cr_expect(aborted(status_of_child(fill, &hal, paddr)));
	dealloc(&hal, paddr);
	cr_expect_eq(fmag_arena_free_bytes(arena), MIB, "G1");
}

/* Races */

#define RACE_THREADS 4
#define RACE_STEPS   20000
#define RACE_HELD    32
#define RACE_SIZE    (2 * MIB)

static unsigned owners[RACE_SIZE / GRANULE];
static unsigned collisions;

/* Marks a frame's granules as owned by `to`; they must be owned by `from`. */
static void mark(fmag_hpa_t paddr, size_t size, unsigned from, unsigned to)
{
	size_t first = (paddr - fmag_arena_base(arena)) / GRANULE;

	for (size_t i = first; i < first + size / GRANULE; i++) {
		if (__atomic_exchange_n(&owners[i], to, __ATOMIC_RELAXED) !=
			from)
			fmag_add_relaxed(&collisions, 1);
	}
}

static void *take_and_give(void *arg)
{
	static const size_t sizes[RACE_THREADS] = { GRANULE, 16 * KIB, 64 * KIB,
		GRANULE };
	unsigned me = *(unsigned *)arg;
	size_t size = sizes[me - 1];
	fmag_hpa_t held[RACE_HELD] = { 0 };
	struct fmag_hal hal;

	fmag_arena_hal(arena, size, &hal);
	for (unsigned step = 0; step < RACE_STEPS + RACE_HELD; step++) {
		fmag_hpa_t *slot = &held[step % RACE_HELD];

		if (*slot != FMAG_HPA_NONE) {
			mark(*slot, size, me, 0);
			dealloc(&hal, *slot);
		}
		*slot = step < RACE_STEPS ? alloc(&hal) : FMAG_HPA_NONE;
		if (*slot != FMAG_HPA_NONE)
			mark(*slot, size, 0, me);
	}
	return NULL;
}

Test(arena, G2_threads_with_small_and_large_frames_share_none_of_them)
{
	unsigned names[RACE_THREADS] = { 1, 2, 3, 4 };
	pthread_t threads[RACE_THREADS];

	make(RACE_SIZE, 4 * GIB + GRANULE);
	for (int i = 0; i < RACE_THREADS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, take_and_give,
				     &names[i]),
			0);
	for (int i = 0; i < RACE_THREADS; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(collisions, 0, "G2: a frame had two owners");
	cr_expect_eq(fmag_arena_free_bytes(arena), RACE_SIZE, "G1");
}
