/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of front/front.h for the owner front, and what a cache does with
 * its hooks. One thread plays each CPU in turn; being busy is being interrupted.
 */
#define CAPACITY 2

#include "cache/cache.h"
#include "front/owner.h"
#include "support/fixture.h"
#include "support/front_scene.h"

static unsigned pokes, poked_cpu;
static uintptr_t masked;

static uintptr_t mask(void *hook_ctx)
{
	(void)hook_ctx;
	return masked++;
}

static void unmask(void *hook_ctx, uintptr_t state)
{
	(void)hook_ctx;
	masked--;
	cr_assert_eq(state, masked, "what mask returned, innermost first");
}

static void poke_cpu(void *hook_ctx, unsigned asked)
{
	(void)hook_ctx;
	pokes++;
	poked_cpu = asked;
}

static void setup(void)
{
	front_scene_make(
		&fmag_front_owner, (struct fmag_front){ .poke_cpu = poke_cpu });
	pokes = 0;
}

TestSuite(owner_front, .init = setup, .fini = front_scene_end);

Test(owner_front, frames_come_out_in_the_reverse_of_their_order)
{
	install(0, 0);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_DONE);
	cr_assert_eq(front->ops->push(front, frame(2)), FMAG_FRONT_DONE);
	cr_assert_eq(front->ops->push(front, frame(3)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop(front), frame(2));
	cr_assert_eq(front->ops->pop(front), frame(1));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
}

Test(owner_front, a_push_of_the_frame_on_top_is_a_repeat)
{
	const fmag_hpa_t frames[] = { frame(1), frame(2) };

	install(0, 1);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_REPEAT);
	cr_assert_eq(front->ops->push_many(front, frames, 2), 0);
	cr_assert_eq(front->ops->pop(front), frame(1));
}

Test(owner_front, many_move_as_far_as_there_are_rounds_or_room)
{
	const fmag_hpa_t frames[] = { frame(7), frame(8), frame(9) };
	fmag_hpa_t out[3];

	install(0, 0);
	cr_assert_eq(front->ops->push_many(front, frames, 3), 2);
	cr_assert_eq(front->ops->push_many(front, frames + 2, 1), 0);
	cr_assert_eq(front->ops->pop_many(front, out, 3), 2);
	cr_assert_eq(front->ops->pop_many(front, out, 3), 0);
}

Test(owner_front, an_interrupted_operation_makes_every_other_miss)
{
	struct fmag_magazine *displaced;
	fmag_hpa_t frames[1] = { frame(3) };

	install(0, 1);
	slot(0)->is_busy = 1;
	cr_assert_not(front->ops->has_slot(front));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(3)), FMAG_FRONT_MISS);
	cr_assert_eq(front->ops->pop_many(front, frames, 1), 0);
	cr_assert_eq(front->ops->push_many(front, frames, 1), 0);
	cr_assert_eq(
		front->ops->take_back(front, magazines[0]), FMAG_FRONT_REFUSED);
	cr_assert_eq(
		front->ops->install(front, magazines[1], CAPACITY, &displaced),
		FMAG_FRONT_REFUSED);
	cr_assert_not(fmag_word_is_local(magazines[1]->word), "F1");
	cr_assert_eq(slot(0)->is_busy, 1, "it is not theirs to end");
}

Test(owner_front, other_cpus_magazines_are_out_of_reach_and_so_apart)
{
	cr_assert_not(front->ops->reaches_loaded(front));
	cpu = 1;
	install(0, 1);
	cr_assert(fmag_stay_is_apart(magazines[0]->stay));
	cr_assert_eq(fmag_stay_cpu(magazines[0]->stay), 1);
}

Test(owner_front, take_back_has_the_magazine_of_the_cpu_it_runs_on)
{
	fmag_hpa_t taken;

	install(0, 1);
	cr_assert_eq(
		front->ops->take_back(front, magazines[0]), FMAG_FRONT_DONE);
	cr_assert_null(slot_loaded(front, slot(0)));
	cr_assert_eq(fmag_magazine_take(magazines[0], &taken, 1), 1);
	cr_assert_eq(taken, frame(1));
	cr_assert_eq(pokes, 0);
}

Test(owner_front, take_back_asks_another_cpu_and_leaves_it_its_magazine)
{
	install(0, 1);
	cpu = 1;
	cr_assert_eq(
		front->ops->take_back(front, magazines[0]), FMAG_FRONT_REFUSED);
	cr_assert_eq(
		front->ops->take_back(front, magazines[0]), FMAG_FRONT_REFUSED);
	cr_assert_eq(pokes, 1, "it has been asked already");
	cr_assert_eq(poked_cpu, 0);
	cr_assert_eq(slot(0)->is_asked, 1);
	cr_assert(fmag_word_is_local(magazines[0]->word));
	cpu = 0;
	cr_assert_eq(front->ops->pop(front), frame(1));
}

Test(owner_front, a_cpu_gives_its_magazine_up_itself)
{
	struct fmag_magazine *taken;

	install(0, 1);
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_DONE);
	cr_assert_eq(taken, magazines[0]);
	cr_assert_not(fmag_word_is_local(taken->word));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_null(install(1, 0), "it was closed");
	cr_assert_eq(pokes, 0);
}

Test(owner_front, another_cpu_is_asked_and_poked_once)
{
	struct fmag_magazine *taken;

	install(0, 1);
	cpu = 1;
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_null(taken);
	cr_assert_eq(pokes, 1, "it has been asked already");
	cr_assert_eq(poked_cpu, 0);
	cr_assert_eq(slot(0)->is_asked, 1);
	cpu = 0;
	cr_assert_eq(front->ops->pop(front), frame(1), "a hit does not look");
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_DONE);
}

Test(owner_front, without_a_poke_a_cpu_is_asked_all_the_same)
{
	struct fmag_magazine *taken;

	front->poke_cpu = NULL;
	install(0, 1);
	cpu = 1;
	cr_assert_eq(front->ops->detach(front, 0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_eq(slot(0)->is_asked, 1);
	cr_assert_eq(front->ops->detach(front, CPUS, &taken),
		FMAG_FRONT_REFUSED, "there is no such CPU");
}

Test(owner_front, take_back_is_refused_for_what_is_shared_or_in_no_slot)
{
	install(0, 1);
	put_frames(1, 1);
	cr_assert_eq(front->ops->take_back(front, magazines[1]),
		FMAG_FRONT_REFUSED, "SHARED");
	fmag_magazine_enter_slot(
		magazines[1], CAPACITY, &shared.no_room, 0, true);
	cr_assert_eq(front->ops->take_back(front, magazines[1]),
		FMAG_FRONT_REFUSED, "in an interrupted call's hands");
	cr_assert_eq(slot_loaded(front, slot(0)), magazines[0]);
	cr_assert_eq(slot(0)->is_asked, 0);
}

/* A BUSY one is the caller's own, which goes on when the call has returned. */
Test(owner_front, slots_count_no_moves)
{
	struct fmag_magazine *taken;

	install(0, 0);
	front->ops->push(front, frame(1));
	front->ops->detach(front, 0, &taken);
	cr_assert_not(has_moved());
}

Test(owner_front, a_cpu_out_of_range_has_no_slot)
{
	struct fmag_magazine *displaced;

	cpu = CPUS;
	cr_assert_not(front->ops->has_slot(front));
	cr_assert_eq(front->ops->pop(front), FMAG_HPA_NONE);
	cr_assert_eq(front->ops->push(front, frame(1)), FMAG_FRONT_MISS);
	cr_assert_eq(
		front->ops->install(front, magazines[0], CAPACITY, &displaced),
		FMAG_FRONT_REFUSED);
}

Test(owner_front, every_operation_is_masked_and_unmasked)
{
	struct fmag_magazine *taken;
	fmag_hpa_t frames[1] = { frame(9) };

	front->mask = mask;
	front->unmask = unmask;
	install(0, 1);
	front->ops->pop(front);
	front->ops->pop(front);
	front->ops->push(front, frame(1));
	front->ops->push(front, frame(1));
	front->ops->push_many(front, frames, 1);
	front->ops->pop_many(front, frames, 1);
	front->ops->has_slot(front);
	front->ops->take_back(front, magazines[0]);
	install(1, 0);
	cpu = 1;
	front->ops->take_back(front, magazines[1]);
	cpu = 0;
	front->ops->detach(front, 1, &taken);
	front->ops->detach(front, 0, &taken);
	slot(0)->is_busy = 1;
	front->ops->pop(front);
	cpu = CPUS;
	front->ops->pop(front);
	cr_assert_eq(masked, 0);
}

/* A cache with the owner front. */

#define ROUNDS 4

static struct fixture fix;

static void setup_cache(void)
{
	struct fmag_config config = fixture_config(&fix, 2, ROUNDS, 16);

	config.front = FMAG_FRONT_OWNER;
	config.poke_cpu = poke_cpu;
	fixture_init(&fix, fixture_hal_options(64), &config);
	pokes = 0;
}

TestSuite(owner_cache, .init = setup_cache);

Test(owner_cache, hits_and_misses_conserve_every_frame)
{
	fmag_hpa_t frames[40];

	for (unsigned turn = 0; turn < 3; turn++) {
		fix.cpu = turn % 2;
		for (size_t i = 0; i < 40; i++) {
			frames[i] = fmag_alloc_frame(fix.cache);
			cr_assert_neq(frames[i], FMAG_HPA_NONE);
		}
		fix.cpu = 1 - fix.cpu;
		fmag_dealloc_frames(fix.cache, frames, 20);
		for (size_t i = 20; i < 40; i++)
			fmag_dealloc_frame(fix.cache, frames[i]);
	}
	cr_assert_eq(fixture_stats(&fix).front, FMAG_FRONT_OWNER);
	cr_assert_eq(fix.faults, 0);
	fixture_fini(&fix, 0);
}

/* CPU 1 asks CPU 0 for what it is working from. */
static void ask_cpu_0(void)
{
	struct fmag_front *of_cache = &fix.cache->front;
	struct fmag_magazine *taken;

	fix.cpu = 1;
	cr_assert_eq(
		of_cache->ops->detach(of_cache, 0, &taken), FMAG_FRONT_REFUSED);
	cr_assert_eq(pokes, 1);
	fix.cpu = 0;
}

static const struct fmag_magazine *loaded_on_0(void)
{
	return slot_loaded(
		&fix.cache->front, fmag_front_slot(&fix.cache->front, 0));
}

Test(owner_cache, a_poked_cpu_gives_its_frames_to_the_depot)
{
	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	cr_assert_not_null(loaded_on_0());
	fmag_cpu_poked(fix.cache);
	cr_assert_not_null(loaded_on_0(), "nobody has asked");
	ask_cpu_0();
	fmag_cpu_poked(fix.cache);
	cr_assert_null(loaded_on_0());
	fixture_fini(&fix, 0);
}

Test(owner_cache, a_poke_that_interrupts_a_call_is_answered_at_the_next_miss)
{
	struct fmag_slot *of_0 = fmag_front_slot(&fix.cache->front, 0);
	const struct fmag_magazine *loaded;
	fmag_hpa_t frames[4 * ROUNDS];

	fmag_dealloc_frame(fix.cache, fmag_alloc_frame(fix.cache));
	loaded = loaded_on_0();
	ask_cpu_0();
	of_0->is_busy = 1;
	fmag_cpu_poked(fix.cache);
	cr_assert_eq(loaded_on_0(), loaded);
	of_0->is_busy = 0;
	cr_assert_eq(
		fmag_alloc_frames(fix.cache, frames, 4 * ROUNDS), 4 * ROUNDS);
	cr_assert_eq(of_0->is_asked, 0);
	fmag_dealloc_frames(fix.cache, frames, 4 * ROUNDS);
	fixture_fini(&fix, 0);
}

Test(owner_cache, a_cpu_out_of_range_is_a_fault_and_is_served)
{
	fmag_hpa_t got;

	fix.cpu = 2;
	got = fmag_alloc_frame(fix.cache);
	cr_assert_neq(got, FMAG_HPA_NONE);
	cr_assert_eq(fix.last_fault.kind, FMAG_FAULT_BAD_CPU);
	fix.faults = 0;
	fmag_dealloc_frame(fix.cache, got);
	cr_assert_geq(fix.faults, 1);
	fixture_fini(&fix, 0);
}

Test(owner_cache, mask_and_unmask_come_together)
{
	struct fmag_config config = fixture_config(&fix, 2, ROUNDS, 16);
	struct fmag_cache *cache;

	config.mask = mask;
	cr_assert_eq(fmag_cache_create(&cache, &fix.hal.hal, &config),
		FMAG_ERR_INVALID);
	config.mask = NULL;
	config.unmask = unmask;
	cr_assert_eq(fmag_cache_create(&cache, &fix.hal.hal, &config),
		FMAG_ERR_INVALID);
	cr_assert_null(cache);
	fixture_fini(&fix, 0);
}

Test(owner_cache, other_fronts_are_not_asked)
{
	struct fixture other;

	fixture_init_simple(&other, 16, 2, ROUNDS, 8);
	fmag_dealloc_frame(other.cache, fmag_alloc_frame(other.cache));
	fmag_cpu_poked(other.cache);
	cr_assert_eq(fixture_stats(&other).frames_cached, 2,
		"half a magazine of 4, still there");
	fixture_fini(&other, 0);
	fixture_fini(&fix, 0);
}
