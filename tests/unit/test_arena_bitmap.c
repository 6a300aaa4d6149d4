/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena's bitmap, with no memory behind it. One thread plays any CPU; only
 * the last test races.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/atomic.h"
#include "hosted/arena_bitmap.h"

#define NONE FMAG_ARENA_BITMAP_NONE

static struct fmag_arena_bitmap bitmap;
static void *storage;

static void make(size_t bits, uint64_t origin)
{
	size_t size = fmag_arena_bitmap_storage_size(bits);

	size = (size + FMAG_LINE_PAIR - 1) / FMAG_LINE_PAIR * FMAG_LINE_PAIR;
	storage = aligned_alloc(FMAG_LINE_PAIR, size);
	cr_assert_not_null(storage);
	memset(storage, 0, size);
	fmag_arena_bitmap_init(&bitmap, storage, bits, origin);
}

static void drop(void)
{
	free(storage);
}

static size_t claim(unsigned cpu, size_t count, uint64_t align)
{
	return fmag_arena_bitmap_claim(&bitmap, cpu, count, align);
}

static bool release(unsigned cpu, size_t start, size_t count)
{
	return fmag_arena_bitmap_release(&bitmap, cpu, start, count);
}

static size_t free_count(void)
{
	return fmag_arena_bitmap_free_count(&bitmap);
}

/* Takes every bit, so that a test can free those that it wants. */
static void take_all(void)
{
	while (fmag_arena_bitmap_claim_bits(&bitmap, 0, SIZE_MAX).mask != 0)
		;
	cr_assert_eq(free_count(), 0);
}

TestSuite(arena_bitmap, .fini = drop);

Test(arena_bitmap, a_new_bitmap_has_all_its_bits_free_and_no_more)
{
	static const size_t sizes[] = { 1, 63, 64, 65, 1000, 4096 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make(sizes[i], 0);
		cr_expect_eq(free_count(), sizes[i]);
		drop();
	}
	storage = NULL;
}

Test(arena_bitmap, every_bit_is_claimed_once_and_then_none)
{
	bool seen[131] = { false };

	make(131, 7);
	for (size_t i = 0; i < 131; i++) {
		size_t bit = claim(3, 1, 1);

		cr_assert_lt(bit, 131);
		cr_assert_not(seen[bit], "B2: bit %zu claimed twice", bit);
		seen[bit] = true;
	}
	cr_expect_eq(claim(3, 1, 1), NONE);
	cr_expect_eq(claim(4, 1, 1), NONE);
}

Test(arena_bitmap, cpus_start_far_apart_and_all_of_them_inside)
{
	size_t starts[FMAG_ARENA_LANES];

	make(64 * 1024, 0);
	for (unsigned cpu = 0; cpu < FMAG_ARENA_LANES; cpu++)
		starts[cpu] = claim(cpu, 1, 1);
	for (unsigned a = 0; a < FMAG_ARENA_LANES; a++) {
		for (unsigned b = 0; b < a; b++) {
			cr_expect_neq(starts[a] / 64, starts[b] / 64,
				"CPUs %u and %u share a word", a, b);
		}
	}
	cr_expect_eq(starts[0], 0);
	cr_expect_eq(starts[1], 64 * 512);
}

Test(arena_bitmap, any_cpu_number_will_do)
{
	make(64, 0);
	cr_expect_neq(claim((unsigned)-1, 1, 1), NONE);
	cr_expect_neq(claim(123456, 1, 1), NONE);
}

Test(arena_bitmap, a_cpu_gets_back_the_bit_that_it_freed_last)
{
	size_t bit = 0;

	make(1024, 0);
	for (int i = 0; i < 100; i++)
		bit = claim(1, 1, 1);
	cr_assert(release(1, bit - 17, 1));
	cr_assert(release(1, bit - 7, 1));
	cr_expect_eq(claim(1, 1, 1), bit - 7);
}

Test(arena_bitmap, a_hint_stays_inside_when_the_last_bits_are_claimed)
{
	make(128, 0);
	cr_assert_eq(claim(0, 128, 1), 0);
	cr_expect_lt(bitmap.lanes[0].hint, 128);
	cr_expect_eq(claim(0, 1, 1), NONE);
}

Test(arena_bitmap, a_bit_freed_by_one_cpu_is_found_by_every_other)
{
	make(64 * 100, 0);
	take_all();
	for (unsigned cpu = 0; cpu < 2 * FMAG_ARENA_LANES; cpu++) {
		cr_assert(release(cpu, 100 * cpu, 1));
		cr_expect_eq(claim(cpu + 1, 1, 1), 100 * cpu);
	}
}

Test(arena_bitmap, a_bit_released_twice_is_told)
{
	make(256, 0);
	take_all();
	cr_expect(release(0, 70, 1));
	cr_expect_not(release(0, 70, 1));
	cr_expect_not(release(0, 10, 100), "one bit of the run was free");
}

Test(arena_bitmap, claim_bits_takes_what_one_word_has)
{
	struct fmag_arena_bits bits;

	make(128, 0);
	take_all();
	cr_assert(release(0, 3, 2));
	cr_assert(release(0, 60, 2));
	bits = fmag_arena_bitmap_claim_bits(&bitmap, 9, 64);
	cr_expect_eq(bits.first, 0);
	cr_expect_eq(bits.mask, UINT64_C(3) << 3 | UINT64_C(3) << 60);
	cr_expect_eq(free_count(), 0);
}

Test(arena_bitmap, claim_bits_stops_at_its_limit)
{
	make(64, 0);
	for (size_t limit = 0; limit <= 10; limit++) {
		struct fmag_arena_bits bits =
			fmag_arena_bitmap_claim_bits(&bitmap, 0, limit);

		cr_expect_eq(__builtin_popcountll(bits.mask), (int)limit);
	}
}

Test(arena_bitmap, alignment_is_that_of_the_granule_not_of_the_index)
{
	for (uint64_t origin = 1; origin < 20; origin++) {
		size_t start;

		make(300, origin);
		while ((start = claim(0, 16, 16)) != NONE)
			cr_expect_eq((origin + start) % 16, 0);
		cr_expect_eq(free_count(),
			300 - ((origin + 300) / 16 - (origin + 15) / 16) * 16,
			"origin %llu: a run was left",
			(unsigned long long)origin);
		drop();
	}
	storage = NULL;
}

Test(arena_bitmap, the_largest_origin_does_not_overflow)
{
	uint64_t last = UINT64_C(1) << 52; /* 2^64 bytes */

	make(256, last - 256);
	cr_expect_eq(claim(0, 128, 128), 0);
	cr_expect_eq(claim(0, 128, UINT64_C(1) << 51), NONE);
	cr_expect_eq(claim(0, 128, 128), 128);
}

Test(arena_bitmap, runs_cross_words_wherever_they_fit)
{
	make(64 * 8, 0);
	take_all();
	for (size_t start = 0; start < 130; start++) {
		cr_assert(release(0, start, 200));
		cr_expect_eq(claim(5, 200, 1), start);
		cr_expect_eq(free_count(), 0);
	}
}

Test(arena_bitmap, a_run_that_begins_before_the_hint_is_found)
{
	make(64 * 8, 0);
	take_all();
	cr_assert(release(0, 100, 150));
	cr_assert(release(0, 170, 0)); /* the hint, and nothing else */
	cr_expect_eq(claim(0, 150, 1), 100);
}

Test(arena_bitmap, a_run_with_one_bit_missing_is_not_had)
{
	make(256, 0);
	take_all();
	cr_assert(release(0, 20, 60));
	cr_assert(release(0, 81, 60));
	cr_expect_eq(claim(0, 61, 1), NONE);
	cr_expect_eq(free_count(), 120, "G1: a failed claim kept bits");
	cr_assert(release(0, 80, 1));
	cr_expect_eq(claim(0, 121, 1), 20);
}

Test(arena_bitmap, a_run_that_cannot_be_is_none)
{
	make(100, 0);
	cr_expect_eq(claim(0, 0, 1), NONE);
	cr_expect_eq(claim(0, 101, 1), NONE);
	cr_expect_eq(claim(0, SIZE_MAX, 1), NONE);
	cr_expect_eq(claim(0, 65, 64), 0);
	cr_expect_eq(claim(0, 65, 1), NONE);
	cr_expect_eq(free_count(), 35);
}

Test(arena_bitmap, one_bit_can_be_aligned_too)
{
	make(256, 5);
	cr_expect_eq(claim(0, 1, 128), 123);
	cr_expect_eq(claim(0, 1, 128), 251);
	cr_expect_eq(claim(0, 1, 128), NONE);
}

Test(arena_bitmap, a_wiped_bitmap_is_dry)
{
	make(1000, 0);
	memset(storage, 0, fmag_arena_bitmap_storage_size(1000));
	cr_expect_eq(claim(0, 1, 1), NONE);
	cr_expect_eq(claim(31, 4, 4), NONE);
	cr_expect_eq(free_count(), 0);
}

/* A seeded model: the same steps on an array of bool. */

#define MODEL_BITS 700
#define MODEL_RUNS 200

static uint64_t model_seed;

static size_t random_below(size_t limit)
{
	model_seed ^= model_seed << 13;
	model_seed ^= model_seed >> 7;
	model_seed ^= model_seed << 17;
	return (size_t)(model_seed % limit);
}

static bool model_has_run(
	const bool *used, uint64_t origin, size_t count, uint64_t align)
{
	for (size_t start = 0; start + count <= MODEL_BITS; start++) {
		size_t free_bits = 0;

		if ((origin + start) % align != 0)
			continue;
		while (free_bits < count && !used[start + free_bits])
			free_bits++;
		if (free_bits == count)
			return true;
	}
	return false;
}

static void model_mark(bool *used, size_t start, size_t count, bool to)
{
	for (size_t i = start; i < start + count; i++) {
		cr_assert_eq(used[i], !to, "B2: bit %zu, already %d", i, to);
		used[i] = to;
	}
}

Test(arena_bitmap, a_seeded_walk_agrees_with_a_plain_array)
{
	bool used[MODEL_BITS] = { false };
	size_t starts[MODEL_RUNS], counts[MODEL_RUNS], held = 0, bits = 0;
	uint64_t origin = 3;

	model_seed = 20261122;
	make(MODEL_BITS, origin);
	for (int step = 0; step < 200000; step++) {
		size_t which = held == 0 ? 0 : random_below(held);
		unsigned cpu = (unsigned)random_below(64);

		if (held < MODEL_RUNS && random_below(100) < 52) {
			size_t count = 1 + random_below(step % 2 ? 4 : 130);
			uint64_t align = UINT64_C(1) << random_below(5);
			size_t start = claim(cpu, count, align);

			cr_assert_eq(start != NONE,
				model_has_run(used, origin, count, align),
				"G4: step %d, %zu bits", step, count);
			if (start == NONE)
				continue;
			cr_assert_eq((origin + start) % align, 0);
			model_mark(used, start, count, true);
			starts[held] = start;
			counts[held++] = count;
			bits += count;
		} else if (held > 0) {
			model_mark(used, starts[which], counts[which], false);
			cr_assert(release(cpu, starts[which], counts[which]));
			bits -= counts[which];
			starts[which] = starts[--held];
			counts[which] = counts[held];
		}
		cr_assert_eq(free_count(), MODEL_BITS - bits, "G1");
	}
}

/*
 * Interrupted searches, step by step: the words lie on three pages, and where
 * a search touches a protected one, a signal handler plays the other CPU.
 */

static char *pages;
static size_t page_size;
static int traps_left;

static size_t first_bit_of(size_t page)
{
	return page * page_size * 8;
}

static void protect(size_t page, int protection)
{
	cr_assert_eq(
		mprotect(pages + page * page_size, page_size, protection), 0);
}

/* A bitmap with all bits used, its words on `pages`. */
static void make_on_pages(void)
{
	size_t lanes = FMAG_ARENA_LANES * sizeof(struct fmag_arena_lane);
	char *memory;

#ifdef FMAG_TSAN_SHIM
	/* The runtime does an atomic access with a lock of its own held: the
	 * handler, interrupting that, would wait for it for ever. */
	cr_skip_test("ThreadSanitizer's runtime would deadlock");
#endif
	page_size = (size_t)sysconf(_SC_PAGESIZE);
	lanes = (lanes + page_size - 1) / page_size * page_size;
	memory = mmap(NULL, lanes + 3 * page_size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(memory, MAP_FAILED);
	pages = memory + lanes;
	lanes = FMAG_ARENA_LANES * sizeof(struct fmag_arena_lane);
	fmag_arena_bitmap_init(&bitmap, pages - lanes, first_bit_of(3), 0);
	take_all();
}

static void trap_with(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = handler;
	cr_assert_eq(sigaction(SIGSEGV, &action, NULL), 0);
}

static void claim_this(size_t bit)
{
	fmag_store_relaxed(&bitmap.lanes[0].hint, bit);
	cr_assert_eq(claim(0, 1, 1), bit);
}

/*
 * The search comes to page 1 or 2, where a bit is free: now it is free on the
 * other one, and the search will be stopped there too.
 */
static void move_the_free_bit(int number, siginfo_t *info, void *context)
{
	size_t here = (size_t)((char *)info->si_addr - pages) / page_size;
	size_t there = 3 - here;

	(void)number;
	(void)context;
	protect(here, PROT_READ | PROT_WRITE);
	release(0, first_bit_of(there), 1);
	claim_this(first_bit_of(here));
	if (--traps_left > 0)
		protect(there, PROT_NONE);
}

Test(arena_bitmap, G4_a_free_bit_that_keeps_moving_is_found_in_the_end)
{
	make_on_pages();
	cr_assert(release(0, first_bit_of(2), 1));
	cr_assert(release(1, first_bit_of(1), 0)); /* search from there */
	trap_with(move_the_free_bit);
	traps_left = 5;
	protect(2, PROT_NONE);
	cr_expect_eq(claim(1, 1, 1), first_bit_of(1), "G4: false NONE");
	cr_expect_eq(traps_left, 0);
}

Test(arena_bitmap, G4_a_free_run_that_keeps_moving_is_found_in_the_end)
{
	make_on_pages();
	cr_assert(release(0, first_bit_of(2), 1));
	cr_assert(release(1, first_bit_of(1), 0));
	trap_with(move_the_free_bit);
	traps_left = 5;
	protect(2, PROT_NONE);
	cr_expect_eq(claim(1, 1, 64), first_bit_of(1), "G4: false NONE");
	cr_expect_eq(traps_left, 0);
}

/* The run was read, page 1 of it is claimed; its last bit goes away. */
static void take_the_last_bit(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	protect(2, PROT_READ | PROT_WRITE);
	claim_this(first_bit_of(2) + 9);
}

Test(arena_bitmap, a_run_that_loses_a_bit_half_way_is_rolled_back)
{
	size_t start;
	uint64_t returns;

	make_on_pages();
	start = first_bit_of(2) - 100;
	cr_assert(release(1, start, 110));
	returns = bitmap.lanes[1].returns;
	trap_with(take_the_last_bit);
	protect(2, PROT_READ);
	cr_expect_eq(claim(1, 110, 1), NONE);
	cr_expect_eq(free_count(), 109, "G1: the roll-back lost bits");
	cr_expect_gt(bitmap.lanes[1].returns, returns, "B4: not counted");
	cr_expect_eq(claim(1, 109, 1), start);
}

/* Races */

#define RACE_STEPS 20000

static unsigned char owner[64 * 8];

/* Takes runs that cross words and overlap those of the others. */
static void *take_runs(void *arg)
{
	unsigned cpu = *(unsigned *)arg;

	for (int step = 0; step < RACE_STEPS; step++) {
		size_t count = 1 + ((size_t)step * 37 + cpu * 11) % 150;
		size_t start = claim(cpu, count, 1);

		if (start == NONE)
			continue;
		for (size_t i = start; i < start + count; i++) {
			if (owner[i]++ != 0)
				return arg;
		}
		for (size_t i = start; i < start + count; i++)
			owner[i]--;
		if (!release(cpu, start, count))
			return arg;
	}
	return NULL;
}

/* The table of owners is plain memory: ThreadSanitizer checks B1 with it. */
Test(arena_bitmap, G2_overlapping_runs_of_four_threads_have_one_owner)
{
	unsigned cpus[4] = { 0, 1, 2, 3 };
	pthread_t threads[4];

	make(64 * 8, 0);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(
			pthread_create(&threads[i], NULL, take_runs, &cpus[i]),
			0);
	for (int i = 0; i < 4; i++) {
		void *shared = NULL;

		pthread_join(threads[i], &shared);
		cr_expect_null(shared, "G2: a run had two owners");
	}
	cr_expect_eq(free_count(), 64 * 8, "G1: bits were lost");
}
