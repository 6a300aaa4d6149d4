/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spare magazines: handlers use them for what they give back while the HAL may
 * not be called (G6), and the next calls that may call it make up for them.
 */
#include <criterion/criterion.h>

#include "cache/flush.h"
#include "support/fixture.h"

#define FRAMES  256
#define ROUNDS  4
#define NO_SLOT 9u

/* A call that waits for the HAL to open again would do so for ever. */
TestSuite(spares, .timeout = 10);

static struct fixture fix;
static fmag_hpa_t mine[FRAMES];
static size_t count;
static size_t in_handler; /* how many frames the next handler gives back */

static void give_back(size_t how_many)
{
	while (how_many-- > 0)
		fmag_dealloc_frame(fix.cache, mine[--count]);
}

static void handler(void *ctx)
{
	(void)ctx;
	give_back(in_handler);
	in_handler = 0;
}

static void take(size_t how_many)
{
	size_t got = fmag_alloc_frames(fix.cache, &mine[count], how_many);

	cr_assert_eq(got, how_many);
	count += got;
}

/* A handler gives frames back while the HAL fills one. */
static void give_back_in_a_handler(size_t how_many)
{
	struct fmag_phys_frame frame =
		fmag_phys_frame_from_raw(fix.cache, mine[0]);

	in_handler = how_many;
	fix.hal.inside_fill = handler;
	fmag_phys_frame_fill(&frame, 0);
	fix.hal.inside_fill = NULL;
	cr_assert_eq(in_handler, 0);
}

static bool owes_spare(void)
{
	return fmag_depot_owes_spare(&fix.cache->state->depot);
}

static void init_with(unsigned cpus, unsigned magazines, unsigned spares)
{
	struct fmag_config config =
		fixture_config(&fix, cpus, ROUNDS, magazines);
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.unmapped = true;
	config.spare_magazines = spares;
	fixture_init(&fix, options, &config);
}

/* All frames were out; those that came back fill every magazine but spares. */
static void fill_all_but_the_spares(unsigned cpu)
{
	init_with(2, 8, 2);
	fix.cpu = cpu;
	take(FRAMES);
	give_back(15 * ROUNDS);
}

static void use_the_spares_again_and_again(unsigned cpu)
{
	fill_all_but_the_spares(cpu);
	for (size_t turn = 0; turn < 3; turn++) {
		give_back_in_a_handler(2 * ROUNDS);
		cr_assert(owes_spare());
		cr_assert_eq(fix.faults, 0, "G6: turn %zu", turn);
		give_back(7 * ROUNDS);
		cr_assert_not(owes_spare(), "D4: turn %zu", turn);
	}
	fixture_fini(&fix, count);
}

Test(spares, g6_frees_make_up_for_those_a_handler_used)
{
	use_the_spares_again_and_again(0);
}

Test(spares, g6_frees_on_a_cpu_without_a_slot_make_up_for_them_too)
{
	use_the_spares_again_and_again(NO_SLOT);
}

Test(spares, g6_the_first_free_without_a_slot_makes_up_for_all)
{
	fill_all_but_the_spares(NO_SLOT);
	give_back_in_a_handler(2 * ROUNDS);
	give_back(1);
	cr_assert_not(owes_spare());
	fixture_fini(&fix, count);
}

/* Four magazines, all of them in slots, empty; and one spare. */
static void put_all_magazines_into_slots(void)
{
	init_with(2, 5, 1);
	for (fix.cpu = 0; fix.cpu < 2; fix.cpu++)
		take(2 * ROUNDS);
	fix.cpu = 0;
}

static void handler_without_a_slot(void *ctx)
{
	fix.cpu = NO_SLOT;
	handler(ctx);
	fix.cpu = 0;
}

Test(spares, g6_an_alloc_from_the_hal_makes_up_for_one_used_meanwhile)
{
	fmag_hpa_t frame;

	put_all_magazines_into_slots();
	in_handler = 1;
	fix.hal.inside_alloc = handler_without_a_slot;
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_neq(frame, FMAG_HPA_NONE);
	mine[count++] = frame;
	cr_assert_eq(in_handler, 0, "the HAL was called");
	cr_assert_not(owes_spare(), "D4");
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, count);
}

Test(spares, g1_more_than_the_spares_hold_is_quarantined_and_counted)
{
	fill_all_but_the_spares(0);
	give_back_in_a_handler(2 * ROUNDS + 3);
	cr_assert_eq(fix.faults, 3);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NO_ROOM);
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 3);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, count, "G1");
	fixture_fini(&fix, count + 3);
}

/* Another flow of control of the same CPU enters the HAL, and stays there. */

static uint32_t mark;

static uint32_t *shared_mark(void *hook_ctx)
{
	(void)hook_ctx;
	return &mark;
}

static void enter_hal_for_good(void *ctx)
{
	(void)ctx;
	mark++;
	fix.hal.inside_dealloc = NULL;
}

/* A spare that a handler filled, larger than what one HAL call takes. */
static void owe_a_spare_of_many_runs(void)
{
	struct fmag_config config = fixture_config(&fix, 1, 3 * 64, 2);
	struct fmag_depot *depot;
	struct fmag_magazine *spare;

	config.spare_magazines = 1;
	config.hal_mark = shared_mark;
	fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	depot = &fix.cache->state->depot;
	take(3 * 64);
	spare = fmag_depot_get_spare(depot);
	count -= fmag_magazine_add(spare, depot->capacity, mine, count);
	fmag_depot_put(depot, 0, spare);
}

Test(spares, g3_emptying_one_ends_where_the_hal_is_closed_half_way)
{
	size_t cached;

	owe_a_spare_of_many_runs();
	cached = fixture_stats(&fix).frames_cached;
	fix.hal.inside_dealloc = enter_hal_for_good;
	fmag_flush_for_spares(fix.cache);
	cr_assert_eq(mark, 1, "closed half-way");
	cr_assert_eq(fixture_stats(&fix).frames_cached, cached - 64);
	cr_assert(owes_spare(), "not made up for yet");
	mark = 0;
	fmag_flush_for_spares(fix.cache);
	cr_assert_not(owes_spare());
	fixture_fini(&fix, 0);
}
