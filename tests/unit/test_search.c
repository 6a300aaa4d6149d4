/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An alloc that finds nothing nearby has what other CPUs keep (cache/search.c):
 * every frame lies in their magazines, the HAL is dry, and one CPU allocates.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "cache/cache.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/slot_view.h"

#define CPUS    4
#define ROUNDS  4
#define PARKED  (2 * ROUNDS) /* on a CPU: a loaded and a previous magazine */
#define FRAMES  ((CPUS - 1) * PARKED)
#define NO_SLOT 99u

static struct fixture fix;
static struct owners owners;
static fmag_hpa_t mine[FRAMES];
static size_t count;

static void take_one(fmag_hpa_t frame)
{
	owners_take(&owners, frame, 1);
	mine[count++] = frame;
}

static size_t take_all(void)
{
	size_t before = count;
	fmag_hpa_t frame;

	while ((frame = fmag_alloc_frame(fix.cache)) != FMAG_HPA_NONE)
		take_one(frame);
	cr_assert_eq(owners.doubles, 0, "G2");
	return count - before;
}

static void give_one(void)
{
	owners_give(&owners, mine[--count], 1);
	fmag_dealloc_frame(fix.cache, mine[count]);
}

static void give_on(unsigned cpu, size_t how_many)
{
	unsigned was = fix.cpu;

	fixture_play(&fix, cpu);
	while (how_many-- > 0)
		give_one();
	fixture_play(&fix, was);
}

static struct fmag_slot *slot(unsigned cpu)
{
	return fmag_front_slot(&fix.cache->front, cpu);
}

static size_t loaded_rounds(unsigned cpu)
{
	const struct fmag_magazine *loaded =
		slot_loaded(&fix.cache->front, slot(cpu));

	return loaded != NULL ? fmag_magazine_rounds(loaded) : 0;
}

/* All frames on the CPUs but 0, none in the depot, none in the HAL. */
static void park_all(void)
{
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		give_on(cpu, PARKED);
		cr_assert_eq(loaded_rounds(cpu), ROUNDS);
		cr_assert_eq(fmag_magazine_rounds(slot(cpu)->previous), ROUNDS);
	}
	cr_assert_eq(fixture_stats(&fix).frames_cached, FRAMES);
}

static void make(enum fmag_front_kind front, struct fmag_config config,
	const struct fmag_platform *platform)
{
	config.front = front;
	if (front == FMAG_FRONT_RSEQ)
		fixture_init_on_rseq(
			&fix, fixture_hal_options(FRAMES), &config, platform);
	else
		fixture_init(&fix, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	count = 0;
	cr_assert_eq(take_all(), FRAMES, "every frame is with the test");
}

static struct fmag_config usual_config(void)
{
	return fixture_config(&fix, CPUS, ROUNDS, 16);
}

static void make_on(enum fmag_front_kind front)
{
	const struct fmag_platform platform = fixture_played_rseq();

	make(front, usual_config(), &platform);
}

static void finish(void)
{
	cr_assert_eq(fix.faults, 0);
	owners_fini(&owners);
	fixture_fini(&fix, count);
}

/* Where an alloc has what other CPUs work from. */

TEST_ON_EACH_PLAYED_FRONT(search,
	g4_what_is_parked_on_other_cpus_is_had_to_the_last_frame, .timeout = 60)
{
	make_on(front);
	park_all();
	cr_assert_eq(take_all(), FRAMES, "G4");
	cr_assert(fixture_stats(&fix).reaches_loaded);
	cr_assert_eq(fixture_stats(&fix).reclaims, CPUS - 1,
		"one magazine of each was in use");
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	search, g4_a_bulk_alloc_has_all_of_them, .timeout = 60)
{
	fmag_hpa_t frames[FRAMES + 1];

	make_on(front);
	park_all();
	cr_assert_eq(fmag_alloc_frames(fix.cache, frames, FRAMES + 1), FRAMES);
	count = FRAMES;
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(search,
	g4_an_alloc_that_never_calls_the_hal_has_all_of_them, .timeout = 60)
{
	fmag_hpa_t frame;
	size_t calls;

	make_on(front);
	park_all();
	calls = fix.hal.calls;
	while ((frame = fmag_alloc_frame_cached(fix.cache)) != FMAG_HPA_NONE)
		take_one(frame);
	cr_assert_eq(count, FRAMES);
	cr_assert_eq(fix.hal.calls, calls);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	search, g4_a_caller_without_a_slot_has_all_of_them, .timeout = 60)
{
	make_on(front);
	park_all();
	fixture_play(&fix, NO_SLOT);
	cr_assert_eq(take_all(), FRAMES);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	search, g4_the_last_frame_of_a_loaded_magazine_is_had, .timeout = 60)
{
	make_on(front);
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		give_on(cpu, 1);
		cr_assert_eq(loaded_rounds(cpu), 1);
		cr_assert_eq(take_all(), 1, "G4: from CPU %u", cpu);
	}
	finish();
}

/* The one where magazines change places; the frame itself is in loaded. */
static void park_in_previous(unsigned cpu)
{
	give_on(cpu, ROUNDS + 1);
	fixture_play(&fix, cpu);
	take_one(fmag_alloc_frame(fix.cache));
	fixture_play(&fix, 0);
	cr_assert_eq(loaded_rounds(cpu), 0);
	cr_assert_eq(fmag_magazine_rounds(slot(cpu)->previous), ROUNDS);
}

TEST_ON_EACH_PLAYED_FRONT(search,
	g4_a_previous_magazine_is_had_and_its_cpu_not_troubled, .timeout = 60)
{
	make_on(front);
	park_in_previous(2);
	cr_assert_eq(take_all(), ROUNDS);
	cr_assert_eq(fixture_stats(&fix).reclaims, 0);
	cr_assert_eq(fixture_stats(&fix).interrupts, 0);
	cr_assert_eq(slot(2)->is_asked, 0);
	finish();
}

TEST_ON_OWNER(search, g4_a_previous_magazine_is_had_and_its_cpu_not_troubled,
	.timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	search, what_is_taken_back_is_what_the_taker_works_from, .timeout = 60)
{
	make_on(front);
	give_on(2, ROUNDS);
	take_one(fmag_alloc_frame(fix.cache));
	cr_assert_eq(loaded_rounds(0), ROUNDS - 1);
	cr_assert_eq(loaded_rounds(2), 0);
	cr_assert_eq(take_all(), ROUNDS - 1);
	cr_assert_eq(fixture_stats(&fix).reclaims, 1);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	search, the_hal_is_asked_once_before_others_are_robbed, .timeout = 60)
{
	size_t calls;

	make_on(front);
	give_on(2, ROUNDS);
	calls = fix.hal.calls;
	take_one(fmag_alloc_frame(fix.cache));
	cr_assert_eq(fix.hal.calls, calls + 1, "and not again");
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	search, an_alloc_that_hits_or_refills_robs_nobody, .timeout = 60)
{
	make_on(front);
	give_on(1, ROUNDS);
	give_on(0, 1);
	take_one(fmag_alloc_frame(fix.cache));
	cr_assert_eq(loaded_rounds(1), ROUNDS);
	owners_give(&owners, mine[--count], 1);
	fmag_dealloc_contiguous(fix.cache, mine[count], 1);
	take_one(fmag_alloc_frame(fix.cache));
	cr_assert_eq(loaded_rounds(1), ROUNDS, "the HAL had one");
	cr_assert_eq(fixture_stats(&fix).reclaims, 0);
	finish();
}

/* A magazine that one call holds, and another one's alloc finds. */
TEST_ON_EACH_PLAYED_FRONT(
	search, g4_frames_in_the_hands_of_a_stopped_call, .timeout = 60)
{
	struct fmag_depot *depot;
	struct fmag_magazine *held;

	make_on(front);
	depot = &fix.cache->state->depot;
	give_on(NO_SLOT, 3);
	held = fmag_depot_get_frames(depot, 0);
	cr_assert_eq(take_all(), 3);
	fmag_depot_put(depot, 0, held);
	finish();
}

/* The proof, while other CPUs come and go. */

static void (*event)(void);
static unsigned event_call; /* of the HAL, counted from 1 */
static unsigned hal_calls;

static void play_event(void *ctx)
{
	(void)ctx;
	if (++hal_calls == event_call)
		event();
}

static fmag_hpa_t alloc_while(unsigned call, void (*what)(void))
{
	event = what;
	event_call = call;
	hal_calls = 0;
	fix.hal.inside_alloc = play_event;
	return fmag_alloc_frame(fix.cache);
}

static void give_one_on_2(void)
{
	give_on(2, 1);
}

/* Its slot has an empty magazine: a push that hits. */
static void open_slot_2(void)
{
	give_on(2, 1);
	fixture_play(&fix, 2);
	take_one(fmag_alloc_frame(fix.cache));
	fixture_play(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(search,
	g4_what_another_cpu_pushes_on_the_way_or_in_the_proof_is_found,
	.timeout = 60)
{
	for (unsigned call = 1; call <= 2; call++) {
		fmag_hpa_t frame;

		make_on(front);
		open_slot_2();
		frame = alloc_while(call, give_one_on_2);
		cr_assert_neq(frame, FMAG_HPA_NONE, "G4: call %u", call);
		cr_assert_geq(hal_calls, call);
		take_one(frame);
		finish();
	}
}

static void give_and_take_one_on_2(void)
{
	give_on(2, 1);
	fixture_play(&fix, 2);
	take_one(fmag_alloc_frame(fix.cache));
	fixture_play(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(search,
	a_frame_that_came_and_went_makes_the_search_begin_anew, .timeout = 60)
{
	make_on(front);
	open_slot_2();
	cr_assert_eq(alloc_while(2, give_and_take_one_on_2), FMAG_HPA_NONE);
	cr_assert_eq(hal_calls, 3, "it was to be had between the looks");
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	search, none_is_said_at_once_where_nothing_moves, .timeout = 60)
{
	make_on(front);
	open_slot_2();
	cr_assert_eq(alloc_while(0, NULL), FMAG_HPA_NONE);
	cr_assert_eq(hal_calls, 2);
	finish();
}

TEST_ON_OWNER(search, none_is_said_at_once_where_nothing_moves, .timeout = 60)

/* The claim front: a holder that stopped. */

Test(search, g4_a_stopped_holder_keeps_its_loaded_magazine_and_no_more)
{
	make_on(FMAG_FRONT_CLAIM);
	park_all();
	slot(2)->claim.word |= 1;
	cr_assert_eq(take_all(), FRAMES - ROUNDS, "G3: it returns, and G4");
	slot(2)->claim.word &= ~(uint64_t)1;
	cr_assert_eq(take_all(), ROUNDS);
	finish();
}

/* The owner front: others are asked. */

static unsigned pokes;

static void count_poke(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	cr_assert_lt(cpu, CPUS);
	pokes++;
}

static void make_on_owner(void)
{
	struct fmag_config config = usual_config();

	config.poke_cpu = count_poke;
	make(FMAG_FRONT_OWNER, config, NULL);
	pokes = 0;
}

static void take_all_but_loaded(void)
{
	cr_assert_eq(take_all(), FRAMES - (CPUS - 1) * ROUNDS,
		"the previous ones are anybody's");
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		cr_assert_eq(slot(cpu)->is_asked, 1);
		cr_assert_eq(loaded_rounds(cpu), ROUNDS);
	}
	cr_assert_eq(fixture_stats(&fix).reclaims, 0);
	cr_assert_eq(fixture_stats(&fix).interrupts, 0);
	cr_assert_not(fixture_stats(&fix).reaches_loaded);
}

Test(search, g4_on_the_owner_front_cpus_are_asked_and_give_when_poked)
{
	make_on_owner();
	park_all();
	take_all_but_loaded();
	cr_assert_eq(pokes, CPUS - 1, "each once");
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		fmag_cpu_poked(fix.cache);
		fixture_play(&fix, 0);
		cr_assert_eq(slot(cpu)->is_asked, 0);
		cr_assert_eq(take_all(), ROUNDS);
	}
	finish();
}

Test(search, g4_on_the_owner_front_a_cpu_gives_its_own_without_being_asked)
{
	make_on_owner();
	give_on(0, PARKED);
	cr_assert_eq(take_all(), PARKED);
	cr_assert_eq(pokes, 0);
	finish();
}

#if FMAG_HAS_RSEQ_

/* The rseq front: CPUs that are not interrupted. */

/* What each CPU was interrupted for, and whether that is refused. */
static unsigned interrupted[CPUS];
static bool is_refused;

static bool count_barrier(int cpu)
{
	if (cpu != FMAG_NO_CPU && !is_refused)
		interrupted[cpu]++;
	return !is_refused;
}

static void make_on_rseq(struct fmag_config config)
{
	struct fmag_platform platform = fixture_played_rseq();

	platform.barrier = count_barrier;
	make(FMAG_FRONT_RSEQ, config, &platform);
	memset(interrupted, 0, sizeof(interrupted));
}

Test(search, each_loaded_magazine_is_had_by_one_interrupt_of_its_cpu)
{
	make_on_rseq(usual_config());
	park_all();
	cr_assert_eq(take_all(), FRAMES);
	for (unsigned cpu = 1; cpu < CPUS; cpu++)
		cr_assert_eq(interrupted[cpu], 1);
	cr_assert_eq(interrupted[0], 0);
	cr_assert_eq(fixture_stats(&fix).interrupts, CPUS - 1);
	cr_assert_eq(fixture_stats(&fix).reclaims, CPUS - 1);
	finish();
}

static void check_that_nobody_was_interrupted(void)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		cr_assert_eq(interrupted[cpu], 0);
	cr_assert_eq(fixture_stats(&fix).interrupts, 0);
}

/* The CPU has a full loaded magazine, and the caller a frame for it. */
static void miss_on(unsigned cpu)
{
	give_on(cpu, 1);
	cr_assert_eq(slot(cpu)->is_asked, 0, "answered");
}

Test(search, where_no_cpu_may_be_interrupted_previous_magazines_are_had)
{
	struct fmag_config config = usual_config();

	config.never_interrupt = true;
	make_on_rseq(config);
	park_all();
	take_all_but_loaded();
	check_that_nobody_was_interrupted();
	finish();
}

Test(search, a_cpu_that_may_not_be_interrupted_gives_at_its_next_miss)
{
	struct fmag_config config = usual_config();

	config.never_interrupt = true;
	make_on_rseq(config);
	park_all();
	take_all_but_loaded();
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		miss_on(cpu);
		cr_assert_geq(take_all(), ROUNDS, "of CPU %u", cpu);
	}
	check_that_nobody_was_interrupted();
	finish();
}

static unsigned asked_about[CPUS];

static bool only_2(void *hook_ctx, unsigned cpu)
{
	cr_assert_eq(hook_ctx, &fix);
	cr_assert_lt(cpu, CPUS);
	asked_about[cpu]++;
	return cpu == 2;
}

static void make_with_2_isolated(void)
{
	struct fmag_config config = usual_config();

	config.cpu_is_isolated = only_2;
	make_on_rseq(config);
}

Test(search, the_host_is_asked_once_which_cpus_are_isolated)
{
	make_with_2_isolated();
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		cr_assert_eq(asked_about[cpu], 1);
	cr_assert_eq(fixture_stats(&fix).isolated_cpus, 1);
	cr_assert(fixture_stats(&fix).reaches_loaded, "of the other CPUs");
	finish();
}

Test(search, other_fronts_do_not_ask_which_cpus_are_isolated)
{
	struct fmag_config config = usual_config();

	config.cpu_is_isolated = only_2;
	config.never_interrupt = true;
	make(FMAG_FRONT_CLAIM, config, NULL);
	cr_assert_eq(asked_about[2], 0);
	cr_assert_eq(fixture_stats(&fix).isolated_cpus, 0);
	cr_assert(fixture_stats(&fix).reaches_loaded);
	finish();
}

Test(search, the_system_says_which_cpus_are_isolated_where_the_host_does_not)
{
	const struct fmag_config config = usual_config();
	struct fmag_platform platform = fixture_played_rseq();

	platform.isolated[0] = 1 << 1 | 1 << 3 | 1 << CPUS;
	make(FMAG_FRONT_RSEQ, config, &platform);
	cr_assert_eq(fixture_stats(&fix).isolated_cpus, 2, "of the CPUs here");
	cr_assert_eq(slot(0)->is_isolated + slot(2)->is_isolated, 0);
	cr_assert_eq(slot(1)->is_isolated + slot(3)->is_isolated, 2);
	finish();
}

Test(search, an_isolated_cpu_keeps_its_loaded_magazine_until_its_next_miss)
{
	make_with_2_isolated();
	park_all();
	cr_assert_eq(take_all(), FRAMES - ROUNDS, "all but one magazine");
	cr_assert_eq(interrupted[2], 0);
	cr_assert_eq(interrupted[1] + interrupted[3], 2);
	cr_assert_eq(slot(2)->is_asked, 1);
	cr_assert_eq(loaded_rounds(2), ROUNDS);
	miss_on(2);
	cr_assert_geq(take_all(), ROUNDS);
	cr_assert_eq(interrupted[2], 0);
	finish();
}

/* In place of what it worked from it has an empty magazine, and no call more. */
Test(search, an_isolated_cpu_that_is_poked_gives_its_loaded_magazine_at_once)
{
	make_with_2_isolated();
	park_all();
	cr_assert_eq(take_all(), FRAMES - ROUNDS);
	fixture_play(&fix, 2);
	fmag_cpu_poked(fix.cache);
	fixture_play(&fix, 0);
	cr_assert_eq(slot(2)->is_asked, 0);
	cr_assert_eq(loaded_rounds(2), 0);
	cr_assert_eq(take_all(), ROUNDS);
	cr_assert_eq(interrupted[2], 0);
	finish();
}

Test(search, an_isolated_cpu_has_its_own_frames_and_those_of_others)
{
	make_with_2_isolated();
	park_all();
	fixture_play(&fix, 2);
	cr_assert_eq(take_all(), FRAMES);
	cr_assert_eq(interrupted[2], 0);
	finish();
}

/* It is at work all the time: NONE does not wait for it. */
Test(search, what_an_isolated_cpu_pushes_in_the_proof_is_its_own)
{
	make_with_2_isolated();
	open_slot_2();
	cr_assert_eq(alloc_while(2, give_one_on_2), FMAG_HPA_NONE);
	cr_assert_eq(hal_calls, 2, "no repetition");
	finish();
}

/* By a handler, or another thread there. */
Test(search, g4_what_comes_to_the_own_isolated_cpu_in_the_proof_is_found)
{
	for (unsigned call = 1; call <= 2; call++) {
		fmag_hpa_t frame;

		make_with_2_isolated();
		open_slot_2();
		fixture_play(&fix, 2);
		frame = alloc_while(call, give_one_on_2);
		cr_assert_neq(frame, FMAG_HPA_NONE, "G4: call %u", call);
		take_one(frame);
		finish();
	}
}

Test(search, where_the_barrier_is_refused_previous_magazines_are_had)
{
	make_on_rseq(usual_config());
	park_all();
	is_refused = true;
	cr_assert_eq(take_all(), FRAMES - (CPUS - 1) * ROUNDS);
	cr_assert_not(fixture_stats(&fix).reaches_loaded);
	cr_assert_eq(fixture_stats(&fix).reclaims, 0);
	check_that_nobody_was_interrupted();
	for (unsigned cpu = 1; cpu < CPUS; cpu++) {
		cr_assert_eq(loaded_rounds(cpu), ROUNDS, "nothing is lost");
		fixture_play(&fix, cpu);
		cr_assert_eq(take_all(), ROUNDS);
	}
	finish();
}

/* A call stopped between the two steps of an install. */
static struct fmag_magazine *stop_on_the_way(unsigned cpu, bool is_apart)
{
	struct fmag_magazine *magazine;

	give_on(NO_SLOT, 3);
	magazine = fmag_depot_get_frames(&fix.cache->state->depot, 0);
	fmag_magazine_enter_slot(magazine, ROUNDS,
		&fix.cache->state->front.no_room, cpu, is_apart);
	return magazine;
}

Test(search, g4_what_a_call_stopped_on_its_way_into_a_slot_has_is_found)
{
	struct fmag_magazine *magazine;

	make_on_rseq(usual_config());
	magazine = stop_on_the_way(3, false);
	cr_assert_eq(take_all(), 3, "G4");
	cr_assert_eq(interrupted[3], 2);
	cr_assert_eq(fixture_stats(&fix).reclaims, 0, "no CPU worked from it");
	cr_assert_not(fmag_word_is_local(magazine->word));
	fmag_depot_put(&fix.cache->state->depot, 0, magazine);
	finish();
}

Test(search, what_is_stopped_on_its_way_to_an_isolated_cpu_stays_there)
{
	struct fmag_magazine *magazine;

	make_with_2_isolated();
	magazine = stop_on_the_way(2, true);
	cr_assert_eq(take_all(), 0);
	cr_assert_eq(interrupted[2], 0);
	fmag_magazine_leave_slot(magazine);
	cr_assert_eq(take_all(), 3, "until it goes on");
	fmag_depot_put(&fix.cache->state->depot, 0, magazine);
	finish();
}

#endif
