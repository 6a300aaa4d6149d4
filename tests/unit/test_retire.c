/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Retiring, with a source of grace periods that the test plays. One thread plays
 * every CPU; who stops on the way is played by what it has done up to there.
 */
#include <criterion/criterion.h>
#include <sys/wait.h>
#include <unistd.h>

#include "retire/retirer.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/played_grace.h"

#define CPUS      3
#define ROUNDS    4
#define MAGAZINES 8
#define FRAMES    40
#define NO_SLOT   99u

static struct fixture fix;
static struct owners owners;
static struct played_grace grace;
static struct fmag_retirer *retirer;
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

/* Of those that the test has, the last. */
static enum fmag_status retire_one(void)
{
	enum fmag_status status;

	owners_give(&owners, mine[--count], 1);
	status = fmag_retire_frame(fix.cache, mine[count]);
	if (status != FMAG_OK)
		take_one(mine[count]);
	return status;
}

static void retire(size_t how_many)
{
	while (how_many-- > 0)
		cr_assert_eq(retire_one(), FMAG_OK);
}

static size_t retired(void)
{
	return fixture_stats(&fix).frames_retired;
}

/* The loaded magazine comes out, and the call goes no further. */
static struct fmag_magazine *stop_before_the_seal(unsigned cpu)
{
	struct fmag_magazine *magazine;

	cr_assert_eq(
		retirer->front.ops->detach(&retirer->front, cpu, &magazine),
		FMAG_FRONT_DONE);
	return magazine;
}

static void check_g1(void)
{
	struct fmag_cache_stats stats = fixture_stats(&fix);

	cr_assert_eq(stats.frames_with_callers, count, "G1");
	cr_assert_eq(stats.frames_from_hal,
		count + stats.frames_cached + stats.frames_retired, "G1");
}

static void make_with(enum fmag_front_kind front, unsigned magazines,
	const struct fmag_grace_source *source)
{
	const struct fmag_retirer_config retiring = {
		.magazine_count = magazines,
		.magazine_rounds = ROUNDS,
	};
	struct fmag_config config = fixture_config(&fix, CPUS, ROUNDS, 16);

	fixture_init_on(&fix, front, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	count = 0;
	cr_assert_eq(
		fmag_retirer_create(&retirer, fix.cache, source, &retiring),
		FMAG_OK);
	cr_assert_eq(take_all(), FRAMES, "every frame is with the test");
}

static void make(enum fmag_front_kind front)
{
	struct fmag_grace_source source = played_grace_source(&grace);

	grace = (struct played_grace){ 0 };
	make_with(front, MAGAZINES, &source);
}

static void finish_with(unsigned faults, size_t waiting)
{
	check_g1();
	cr_assert_eq(fix.faults, faults);
	cr_assert_eq(fmag_retirer_destroy(retirer), waiting);
	owners_fini(&owners);
	fixture_fini(&fix, count + waiting);
}

/* What is sealed at the end, too. */
static void finish(void)
{
	grace.completed = UINT64_MAX;
	finish_with(0, 0);
}

/* What is retired, and when it comes back. */

TEST_ON_EACH_PLAYED_FRONT(retire,
	g7_no_frame_is_handed_out_before_its_grace_is_over, .timeout = 60)
{
	make(front);
	retire(2 * ROUNDS + 1);
	check_g1();
	cr_assert_eq(retired(), 2 * ROUNDS + 1);
	cr_assert_eq(take_all(), 0, "G7: no grace has ended");
	cr_assert_eq(fmag_retire_flush(fix.cache), 1,
		"two magazines were sealed when they were full");
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(take_all(), 0, "G7");
	grace.completed = 1;
	cr_assert_eq(take_all(), ROUNDS, "the first grace period is over");
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), ROUNDS + 1);
	cr_assert_eq(retired(), 0);
	finish();
}
TEST_ON_OWNER(retire, g7_no_frame_is_handed_out_before_its_grace_is_over,
	.timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(retire,
	g4_a_frame_whose_grace_is_over_is_found_before_none_is_said,
	.timeout = 60)
{
	make(front);
	retire(3);
	fmag_retire_flush(fix.cache);
	cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE);
	played_grace_complete(&grace);
	fixture_play(&fix, 2);
	cr_assert_eq(take_all(), 3, "G4: nobody polls");
	finish();
}
TEST_ON_OWNER(retire,
	g4_a_frame_whose_grace_is_over_is_found_before_none_is_said,
	.timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, a_magazine_costs_one_grace_period, .timeout = 60)
{
	make(front);
	retire(5 * ROUNDS);
	cr_assert_eq(grace.started, 4, "the fifth is filled, but loaded");
	cr_assert_eq(fmag_retire_flush(fix.cache), ROUNDS);
	cr_assert_eq(grace.started, 5);
	cr_assert_eq(fmag_retire_flush(fix.cache), 0, "all are sealed");
	cr_assert_eq(grace.started, 5);
	finish();
}
TEST_ON_OWNER(retire, a_magazine_costs_one_grace_period, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, what_was_gathered_at_the_last_poll_is_sealed, .timeout = 60)
{
	make(front);
	retire(1);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(grace.started, 0, "it was not there at a poll before");
	retire(1);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(grace.started, 1, "it was");
	played_grace_complete(&grace);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 2);
	cr_assert_eq(fixture_stats(&fix).frames_cached, 2);
	cr_assert_eq(take_all(), 2);
	finish();
}
TEST_ON_OWNER(
	retire, what_was_gathered_at_the_last_poll_is_sealed, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, other_cpus_magazines_time_out_too, .timeout = 60)
{
	make(front);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		retire(1);
	}
	fmag_retire_poll(fix.cache, SIZE_MAX);
	fmag_retire_poll(fix.cache, SIZE_MAX);
	cr_assert_eq(grace.started, CPUS);
	played_grace_complete(&grace);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), CPUS);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(retire, poll_keeps_to_its_budget, .timeout = 60)
{
	make(front);
	retire(3 * ROUNDS);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	cr_assert_eq(fmag_retire_poll(fix.cache, 0), 0);
	cr_assert_eq(fmag_retire_poll(fix.cache, ROUNDS + 1), ROUNDS + 1);
	cr_assert_eq(retired(), 2 * ROUNDS - 1);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 2 * ROUNDS - 1);
	finish();
}

/* A magazine that was used before is sealed anew. */
TEST_ON_EACH_PLAYED_FRONT(
	retire, g7_a_seal_holds_for_one_fill_only, .timeout = 60)
{
	make(front);
	for (unsigned turn = 0; turn < 5 * MAGAZINES; turn++) {
		retire(ROUNDS);
		fmag_retire_flush(fix.cache);
		cr_assert_eq(take_all(), 0, "G7, turn %u", turn);
		played_grace_complete(&grace);
		cr_assert_eq(take_all(), ROUNDS);
		cr_assert_eq(grace.started, turn + 1);
	}
	finish();
}
TEST_ON_OWNER(retire, g7_a_seal_holds_for_one_fill_only, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, g7_what_is_not_sealed_is_not_taken, .timeout = 60)
{
	fmag_hpa_t frame;

	make(front);
	for (unsigned turn = 0; turn < 2 * MAGAZINES; turn++) {
		retire(ROUNDS);
		fmag_retirer_part(retirer, stop_before_the_seal(0));
		for (unsigned i = 0; i < MAGAZINES; i++)
			cr_assert_eq(fmag_retirer_take(retirer, i, &frame, 1),
				0, "T5: it was sealed in an earlier fill only");
		fmag_retire_flush(fix.cache);
		played_grace_complete(&grace);
		cr_assert_eq(take_all(), ROUNDS);
	}
	finish();
}

/* Where the CPU's slot is not to be had. */

static void retire_without_a_slot(void)
{
	size_t room = retirer->open_rounds, before = retired();

	retire(room - 1);
	cr_assert_eq(grace.started, 0);
	retire(2);
	cr_assert_eq(grace.started, 1, "one was full");
	cr_assert_eq(retired() - before, room + 1);
	cr_assert_eq(take_all(), 0, "G7");
	cr_assert_eq(fmag_retire_flush(fix.cache), 1);
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), room + 1);
}

TEST_ON_EACH_PLAYED_FRONT(retire, a_cpu_without_a_slot_retires, .timeout = 60)
{
	make(front);
	fixture_play(&fix, NO_SLOT);
	retire_without_a_slot();
	fixture_play(&fix, 0);
	finish();
}

Test(retire, g3_where_the_slots_holder_was_stopped_its_cpu_retires_without)
{
	struct fmag_slot *slot;

	make(FMAG_FRONT_CLAIM);
	retire(1);
	slot = fmag_front_slot(&retirer->front, 0);
	slot->claim.word |= 1;
	retire_without_a_slot();
	cr_assert_eq(retired(), 1, "what the holder has");
	slot->claim.word &= ~(uint64_t)1;
	finish();
}

Test(retire, g6_a_handler_that_interrupts_a_retire_retires_without)
{
	struct fmag_slot *slot;

	make(FMAG_FRONT_OWNER);
	retire(1);
	slot = fmag_front_slot(&retirer->front, 0);
	slot->is_busy = 1;
	retire_without_a_slot();
	slot->is_busy = 0;
	finish();
}

/* Another CPU asks, which the owner gives up when it is full. */
Test(retire, on_the_owner_front_a_cpu_gives_up_its_own)
{
	struct fmag_slot *slot;

	make(FMAG_FRONT_OWNER);
	retire(1);
	slot = fmag_front_slot(&retirer->front, 0);
	fixture_play(&fix, 1);
	cr_assert_eq(fmag_retire_flush(fix.cache), 0);
	cr_assert_eq(slot->is_asked, 1);
	fixture_play(&fix, 0);
	retire(ROUNDS);
	cr_assert_eq(slot->is_asked, 0, "a full one came out");
	cr_assert_eq(fmag_retire_flush(fix.cache), 1, "its own");
	retire(1);
	fixture_play(&fix, 1);
	cr_assert_eq(fmag_retire_flush(fix.cache), 0);
	fixture_play(&fix, 0);
	fmag_cpu_poked(fix.cache);
	cr_assert_eq(slot->is_asked, 0);
	cr_assert_eq(fmag_retire_flush(fix.cache), 0, "it was sealed");
	cr_assert_eq(grace.started, 3);
	finish();
}

/* Who stops on the way. */

TEST_ON_EACH_PLAYED_FRONT(retire,
	g3_what_a_stopped_call_did_not_seal_the_next_one_does, .timeout = 60)
{
	struct fmag_magazine *magazine;

	make(front);
	retire(ROUNDS);
	magazine = stop_before_the_seal(0);
	cr_assert_eq(take_all(), 0, "G7; and it is sealed by now");
	cr_assert_eq(grace.started, 1);
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), ROUNDS, "G4");
	for (unsigned turn = 0; turn < 2 * MAGAZINES; turn++) {
		retire(ROUNDS);
		fmag_retire_flush(fix.cache);
		played_grace_complete(&grace);
		cr_assert_eq(take_all(), ROUNDS);
		cr_assert_eq(fmag_magazine_rounds(magazine), 0,
			"T4: it is that call's until it parts with it");
	}
	fmag_retirer_part(retirer, magazine);
	cr_assert_eq(fmag_stack_peek(&retirer->state->empty), magazine);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(retire,
	g3_a_stopped_harvest_withholds_what_it_has_in_hand, .timeout = 60)
{
	fmag_hpa_t in_hand[1];

	make(front);
	retire(ROUNDS);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	for (unsigned i = 0; i < MAGAZINES; i++) {
		if (fmag_retirer_take(retirer, i, in_hand, 1) == 1)
			break;
	}
	cr_assert_eq(take_all(), ROUNDS - 1, "G4");
	fmag_dealloc_frame(fix.cache, in_hand[0]);
	cr_assert_eq(take_all(), 1);
	finish();
}

/* What others do while a sealer stands in start(): a whole fill goes by. */
static void pass_it_by(void *ctx)
{
	(void)ctx;
	cr_assert_eq(fmag_retire_flush(fix.cache), ROUNDS);
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), ROUNDS);
	for (unsigned turn = 0; turn < MAGAZINES; turn++) {
		retire(ROUNDS);
		if (turn % 2 == 0)
			fmag_retire_flush(fix.cache);
		else
			fmag_retirer_part(retirer, stop_before_the_seal(0));
	}
}

TEST_ON_EACH_PLAYED_FRONT(
	retire, g7_a_sealer_that_is_late_seals_nothing, .timeout = 60)
{
	make(front);
	retire(ROUNDS);
	grace.after_ticket = pass_it_by;
	fmag_retire_flush(fix.cache);
	grace.completed = 2;
	for (unsigned i = 0; i < MAGAZINES; i++) {
		const struct fmag_seal *seal = &retirer->seals[i];
		uint64_t word = fmag_retirer_magazine(retirer, i)->word;

		if (fmag_fill_is_pending(word) && seal->fill == fmag_fill(word))
			cr_assert_gt(seal->ticket, 2,
				"T3: tickets 1 and 2 were given before");
	}
	finish();
}

/* Nothing is left: each error. */

TEST_ON_EACH_PLAYED_FRONT(retire,
	a_grace_period_that_never_ends_harms_nothing_else, .timeout = 60)
{
	size_t before;

	make(front);
	while (retire_one() == FMAG_OK)
		;
	before = count;
	cr_assert_eq(retired(), MAGAZINES * ROUNDS);
	cr_assert_eq(retire_one(), FMAG_ERR_NO_MEMORY);
	cr_assert_eq(count, before, "the frame is the caller's");
	check_g1();
	give_one();
	cr_assert_eq(take_all(), 1);
	fixture_play(&fix, 1);
	cr_assert_eq(retire_one(), FMAG_ERR_NO_MEMORY);
	finish_with(0, MAGAZINES * ROUNDS);
}
TEST_ON_OWNER(retire, a_grace_period_that_never_ends_harms_nothing_else,
	.timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, where_all_wait_one_that_is_over_makes_room, .timeout = 60)
{
	make(front);
	while (retire_one() == FMAG_OK)
		;
	grace.completed = 1;
	cr_assert_eq(retire_one(), FMAG_OK);
	cr_assert_eq(fixture_stats(&fix).frames_cached, ROUNDS);
	finish();
}

Test(retire, without_a_retirer_the_frame_stays_the_callers)
{
	fixture_init_simple(&fix, FRAMES, CPUS, ROUNDS, 16);
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	cr_assert_eq(fmag_retire_frame(fix.cache, frame), FMAG_ERR_UNSUPPORTED);
	cr_assert_eq(fmag_retire_flush(fix.cache), 0);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 0);
	fmag_dealloc_frame(fix.cache, frame);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(retire, what_is_no_frame_is_a_fault, .timeout = 60)
{
	make(front);
	cr_assert_eq(
		fmag_retire_frame(fix.cache, FMAG_HPA_NONE), FMAG_ERR_INVALID);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	cr_assert_eq(
		fmag_retire_frame(fix.cache, mine[0] + 1), FMAG_ERR_INVALID);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_NOT_A_FRAME);
	finish_with(2, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	retire, retiring_twice_in_a_row_is_a_fault, .timeout = 60)
{
	make(front);
	retire(1);
	cr_assert_eq(
		fmag_retire_frame(fix.cache, mine[count]), FMAG_ERR_INVALID);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_DOUBLE_FREE);
	cr_assert_eq(fix.last_fault.paddr, mine[count]);
	cr_assert_eq(retired(), 1, "it is there once");
	played_grace_complete(&grace);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	finish_with(1, 0);
}
TEST_ON_OWNER(retire, retiring_twice_in_a_row_is_a_fault, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(retire,
	a_ticket_from_the_future_is_a_fault_once_a_magazine, .timeout = 60)
{
	make(front);
	grace.lie = 1000;
	retire(ROUNDS);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 0);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_BAD_TICKET);
	cr_assert_eq(take_all(), 0, "G7");
	cr_assert_eq(retired(), ROUNDS, "counted");
	retire(ROUNDS);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), ROUNDS, "the others are not harmed");
	finish_with(1, ROUNDS);
}

/* The end. */

TEST_ON_EACH_PLAYED_FRONT(
	retire, the_end_waits_where_the_source_can, .timeout = 60)
{
	struct fmag_grace_source source = played_grace_source(&grace);

	grace = (struct played_grace){ 0 };
	source.wait = played_grace_wait;
	make_with(front, MAGAZINES, &source);
	retire(2 * ROUNDS + 1);
	fixture_play(&fix, NO_SLOT);
	retire(1);
	fixture_play(&fix, 0);
	finish_with(0, 0);
	cr_assert_gt(grace.waits, 0);
	cr_assert_leq(grace.waits, grace.started);
}
TEST_ON_OWNER(retire, the_end_waits_where_the_source_can, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, the_cache_may_end_before_its_retirer, .timeout = 60)
{
	make(front);
	retire(2 * ROUNDS);
	fmag_retire_flush(fix.cache);
	grace.completed = 1;
	owners_fini(&owners);
	fixture_fini(&fix, count + ROUNDS);
	cr_assert_eq(fmag_retirer_destroy(retirer), 0,
		"they are in the cache's count");
}

TEST_ON_EACH_PLAYED_FRONT(
	retire, a_drain_gives_the_hal_what_is_over, .timeout = 60)
{
	make(front);
	retire(ROUNDS);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	retire(ROUNDS);
	cr_assert_eq(fmag_cache_drain(fix.cache, SIZE_MAX), ROUNDS);
	cr_assert_eq(test_hal_out(&fix.hal), count + ROUNDS);
	played_grace_complete(&grace);
	cr_assert_eq(fmag_cache_drain(fix.cache, SIZE_MAX), ROUNDS,
		"the first drain sealed them");
	finish();
}
TEST_ON_OWNER(retire, a_drain_gives_the_hal_what_is_over, .timeout = 60)

/* Where a grace period has not begun, or its end must not be lost. */

Test(retire, a_poked_cpu_gives_up_what_it_has_though_no_magazine_is_empty)
{
	struct fmag_grace_source source = played_grace_source(&grace);

	grace = (struct played_grace){ 0 };
	make_with(FMAG_FRONT_OWNER, 1, &source);
	fixture_play(&fix, 1);
	retire(1);
	fixture_play(&fix, 0);
	fmag_retire_flush(fix.cache);
	fixture_play(&fix, 1);
	fmag_cpu_poked(fix.cache);
	fixture_play(&fix, 0);
	fmag_retire_flush(fix.cache);
	cr_assert_eq(grace.started, 1);
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), 1);
	finish();
}

Test(retire, a_cpu_that_was_poked_in_vain_is_poked_again)
{
	struct fmag_slot *slot;

	make(FMAG_FRONT_OWNER);
	retire(1);
	slot = fmag_front_slot(&retirer->front, 0);
	fixture_play(&fix, 1);
	fmag_retire_flush(fix.cache);
	fixture_play(&fix, 0);
	slot->is_busy = 1;
	fmag_cpu_poked(fix.cache);
	slot->is_busy = 0;
	cr_assert_eq(slot->is_asked, 0, "the next flush asks it");
	cr_assert_eq(grace.started, 0);
	fixture_play(&fix, 1);
	fmag_retire_flush(fix.cache);
	cr_assert_eq(slot->is_asked, 1);
	fixture_play(&fix, 0);
	fmag_cpu_poked(fix.cache);
	cr_assert_eq(grace.started, 1);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	retire, the_last_magazine_waits_when_it_is_full, .timeout = 60)
{
	struct fmag_grace_source source = played_grace_source(&grace);

	grace = (struct played_grace){ 0 };
	make_with(front, 1, &source);
	retire(ROUNDS);
	cr_assert_eq(retire_one(), FMAG_ERR_NO_MEMORY);
	cr_assert_eq(grace.started, 1, "every magazine waits");
	played_grace_complete(&grace);
	cr_assert_eq(retire_one(), FMAG_OK);
	finish();
}
TEST_ON_OWNER(retire, the_last_magazine_waits_when_it_is_full, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, what_a_drained_cpu_has_gathered_waits, .timeout = 60)
{
	make(front);
	fixture_play(&fix, 1);
	retire(1);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_OK);
	fixture_play(&fix, 0);
	cr_assert_eq(grace.started, 1);
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), 1, "CPU 1 is gone");
	cr_assert_eq(fmag_cpu_drain(fix.cache, CPUS), FMAG_ERR_INVALID);
	finish();
}
TEST_ON_OWNER(retire, what_a_drained_cpu_has_gathered_waits, .timeout = 60)

/* On the owner front it is poked for it first. */
TEST_ON_EACH_PLAYED_FRONT(
	retire, a_cpu_that_has_gathered_nothing_is_drained, .timeout = 60)
{
	make(front);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_OK);
	fixture_play(&fix, 1);
	retire(1);
	fixture_play(&fix, 0);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1),
		front == FMAG_FRONT_OWNER ? FMAG_ERR_BUSY : FMAG_OK);
	fixture_play(&fix, 1);
	fmag_cpu_poked(fix.cache);
	fixture_play(&fix, 0);
	cr_assert_eq(fmag_cpu_drain(fix.cache, 1), FMAG_OK);
	finish();
}
TEST_ON_OWNER(retire, a_cpu_that_has_gathered_nothing_is_drained, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	retire, what_a_flush_interrupts_is_counted, .timeout = 60)
{
	make(front);
	fixture_play(&fix, 1);
	retire(1);
	fixture_play(&fix, 0);
	cr_assert_eq(fmag_retire_flush(fix.cache), 1);
	cr_assert_eq(fixture_stats(&fix).interrupts,
		front == FMAG_FRONT_RSEQ ? 1 : 0);
	finish();
}

/* One whose ticket is replaced by a later one, by a sealer that was overtaken. */
static unsigned hal_calls;
static struct fmag_seal *resealed;

static void replace_the_ticket(void *ctx)
{
	(void)ctx;
	switch (++hal_calls) {
	case 2: /* the search's */
		grace.completed = grace.started;
		resealed->ticket = ++grace.started;
		break;
	case 3:
		grace.completed = grace.started;
		break;
	default:
		break;
	}
}

TEST_ON_EACH_PLAYED_FRONT(
	retire, g4_a_search_sees_that_a_ticket_was_replaced, .timeout = 60)
{
	fmag_hpa_t frame;

	make(front);
	retire(ROUNDS);
	fmag_retire_flush(fix.cache);
	for (unsigned i = 0; i < MAGAZINES; i++) {
		if (retirer->seals[i].ticket == 1)
			resealed = &retirer->seals[i];
	}
	hal_calls = 0;
	fix.hal.inside_alloc = replace_the_ticket;
	frame = fmag_alloc_frame(fix.cache);
	fix.hal.inside_alloc = NULL;
	cr_assert_neq(frame, FMAG_HPA_NONE);
	take_one(frame);
	finish();
}

TEST_ON_EACH_PLAYED_FRONT(
	retire, what_is_over_goes_out_of_an_evacuated_range, .timeout = 60)
{
	fmag_hpa_t gone;

	make(front);
	gone = mine[count - 1];
	retire(2);
	fmag_retire_flush(fix.cache);
	cr_assert_eq(fmag_cache_evacuate(
			     fix.cache, gone, TEST_HAL_FRAME_SIZE, SIZE_MAX),
		FMAG_OK);
	fix.hal.fail_all = true;
	played_grace_complete(&grace);
	cr_assert_eq(take_all(), 1, "one is the HAL's");
	cr_assert_neq(mine[count - 1], gone);
	cr_assert_eq(retired(), 0);
	cr_assert_eq(test_hal_out(&fix.hal), count);
	finish();
}

/* In a handler that interrupted the HAL. */

static enum fmag_status of_handler;

static void retire_in_a_handler(void *ctx)
{
	(void)ctx;
	fix.hal.inside_dealloc = NULL;
	of_handler = retire_one();
}

/* All magazines of the cache are full, and all of the retirer's are over. */
TEST_ON_EACH_PLAYED_FRONT(
	retire, g6_a_handler_makes_room_only_where_there_is_some, .timeout = 60)
{
	const struct fmag_retirer_config retiring = {
		.magazine_count = 2,
		.magazine_rounds = 8,
	};
	struct fmag_grace_source source = played_grace_source(&grace);
	struct fmag_config config = fixture_config(&fix, 1, 2, 6);

	grace = (struct played_grace){ 0 };
	fixture_init_on(&fix, front, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	count = 0;
	cr_assert_eq(
		fmag_retirer_create(&retirer, fix.cache, &source, &retiring),
		FMAG_OK);
	take_all();
	while (retire_one() == FMAG_OK)
		;
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	fix.hal.inside_dealloc = retire_in_a_handler;
	while (fix.hal.inside_dealloc != NULL)
		give_one();
	cr_assert_eq(fix.faults, 0, "nothing is lost for it");
	cr_assert_eq(fixture_stats(&fix).frames_quarantined, 0);
	finish();
}
TEST_ON_OWNER(
	retire, g6_a_handler_makes_room_only_where_there_is_some, .timeout = 60)

Test(retire, a_cache_that_was_ended_gets_no_retirer)
{
	struct fmag_grace_source source = played_grace_source(&grace);
	int status;
	pid_t child;

	fixture_init_simple(&fix, FRAMES, CPUS, ROUNDS, 16);
	child = fork();
	if (child == 0)
		_exit((int)fmag_retirer_create(
			&retirer, fix.cache, &source, NULL));
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(WEXITSTATUS(status), FMAG_ERR_INVALID);
	fixture_fini(&fix, 0);
}

/* Making one. */

Test(retire, a_retirer_lives_in_storage_of_the_hosts)
{
	static char storage[FMAG_RETIRER_STORAGE_SIZE(CPUS, MAGAZINES, ROUNDS)]
		__attribute__((aligned(FMAG_CACHE_ALIGN)));
	const struct fmag_retirer_config config = {
		.magazine_count = MAGAZINES,
		.magazine_rounds = ROUNDS,
	};
	struct fmag_grace_source source = played_grace_source(&grace);
	fmag_hpa_t frame;

	fixture_init_simple(&fix, FRAMES, CPUS, ROUNDS, 16);
	cr_assert_eq(fmag_retirer_init(&retirer, fix.cache, storage,
			     sizeof(storage) - 1, &source, &config),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_retirer_init(&retirer, fix.cache, storage + 8,
			     sizeof(storage), &source, &config),
		FMAG_ERR_INVALID);
	cr_assert_null(retirer);
	cr_assert_eq(fmag_retirer_init(&retirer, fix.cache, storage,
			     sizeof(storage), &source, &config),
		FMAG_OK);
	frame = fmag_alloc_frame(fix.cache);
	cr_assert_eq(fmag_retire_frame(fix.cache, frame), FMAG_OK);
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	cr_assert_eq(fmag_retirer_fini(retirer), 0);
	cr_assert_eq(fmag_retirer_fini(retirer), 0, "once more does nothing");
	fixture_fini(&fix, 0);
}

Test(retire, a_cache_has_one_retirer_at_a_time)
{
	struct fmag_grace_source source = played_grace_source(&grace);
	struct fmag_retirer *another;

	make(FMAG_FRONT_CLAIM);
	cr_assert_eq(fmag_retirer_create(&another, fix.cache, &source, NULL),
		FMAG_ERR_BUSY);
	cr_assert_null(another);
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, NULL),
		FMAG_OK);
	cr_assert_eq(retirer->capacity, FMAG_DEFAULT_RETIRED_ROUNDS);
	cr_assert_eq(
		retirer->magazine_count, CPUS * FMAG_DEFAULT_MAGAZINES_PER_CPU);
	finish();
}

Test(retire, bad_arguments_are_refused)
{
	struct fmag_grace_source source = played_grace_source(&grace);
	struct fmag_retirer_config config = {
		.magazine_rounds = FMAG_MAX_MAGAZINE_ROUNDS + 1
	};

	fixture_init_simple(&fix, FRAMES, CPUS, ROUNDS, 16);
	cr_assert_eq(fmag_retirer_create(NULL, fix.cache, &source, NULL),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_retirer_create(&retirer, NULL, &source, NULL),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, NULL, NULL),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, &config),
		FMAG_ERR_INVALID);
	config = (struct fmag_retirer_config){ .magazine_count =
						       FMAG_MAX_MAGAZINES + 1 };
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, &config),
		FMAG_ERR_INVALID);
	config = (struct fmag_retirer_config){ .struct_size = 4 };
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, &config),
		FMAG_ERR_INVALID);
	source.done = NULL;
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, NULL),
		FMAG_ERR_INVALID);
	fixture_fini(&fix, 0);
}

/* What a forked child sees: nothing, and a fault. */
static int use_in_a_child(void)
{
	if (fmag_retire_frame(fix.cache, mine[0]) != FMAG_ERR_INVALID ||
		fix.faults != 1 ||
		fix.last_fault.kind != FMAG_FAULT_USED_AFTER_FORK)
		return 1;
	if (fmag_retire_poll(fix.cache, SIZE_MAX) != 0)
		return 2;
	if (fmag_retirer_destroy(retirer) != 0)
		return 3;
	if (fmag_retire_poll(fix.cache, SIZE_MAX) != 0 ||
		fmag_retire_flush(fix.cache) != 0 || retired() != 0)
		return 4;
	return 0;
}

Test(retire, a_forked_child_has_no_retired_frame, .timeout = 60)
{
	int status;
	pid_t child;

	make(FMAG_FRONT_CLAIM);
	retire(ROUNDS + 1);
	child = fork();
	if (child == 0)
		_exit(use_in_a_child());
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0, "%x", (unsigned)status);
	cr_assert_eq(retired(), ROUNDS + 1);
	finish();
}

/* Handles. */

Test(retire, a_retired_handle_owns_nothing)
{
	struct fmag_phys_frame handle, uninit = FMAG_PHYS_FRAME_UNINIT;

	make(FMAG_FRONT_CLAIM);
	give_one();
	cr_assert_eq(fmag_phys_frame_alloc(fix.cache, &handle), FMAG_OK);
	cr_assert_eq(fmag_phys_frame_retire(&handle), FMAG_OK);
	cr_assert_null(handle.cache);
	fmag_phys_frame_drop(&handle);
	cr_assert_eq(retired(), 1, "dropping it after that does nothing");
	cr_assert_eq(fmag_phys_frame_retire(&uninit), FMAG_OK);
	finish();
}

Test(retire, a_handle_that_is_not_retired_owns_its_frame_still)
{
	struct fmag_phys_frame handle;

	fixture_init_simple(&fix, FRAMES, CPUS, ROUNDS, 16);
	cr_assert_eq(fmag_phys_frame_alloc(fix.cache, &handle), FMAG_OK);
	cr_assert_eq(fmag_phys_frame_retire(&handle), FMAG_ERR_UNSUPPORTED);
	cr_assert_eq(handle.cache, fix.cache);
	fmag_phys_frame_drop(&handle);
	fixture_fini(&fix, 0);
}

Test(retire, a_drain_brings_no_more_to_the_hal_than_it_says)
{
	struct fmag_config config = fixture_config(&fix, 1, ROUNDS, 4);
	struct fmag_grace_source source = played_grace_source(&grace);

	grace = (struct played_grace){ 0 };
	config.spare_magazines = 1;
	fixture_init_on(
		&fix, FMAG_FRONT_CLAIM, fixture_hal_options(FRAMES), &config);
	owners_init(&owners, &fix.hal);
	count = 0;
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, NULL),
		FMAG_OK);
	take_all();
	retire(20);
	while (count > 0)
		give_one();
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
	for (size_t budget = 1; retired() > 0; budget++) {
		size_t out = test_hal_out(&fix.hal);
		size_t given = fmag_cache_drain(fix.cache, budget);

		cr_assert_eq(out - test_hal_out(&fix.hal), given,
			"budget %zu gone %zu given %zu", budget,
			out - test_hal_out(&fix.hal), given);
	}
	finish();
}
