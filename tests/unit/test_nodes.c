/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NUMA: a depot a node. One thread plays every CPU, the HAL has a pool a node:
 * frames are of node 0 and 1 by turns, and CPUs too, two and two.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include <fmag/reclaim.h>
#include <fmag/retire.h>

#include "clean/clean.h"
#include "support/each_front.h"
#include "support/fixture.h"
#include "support/owners.h"
#include "support/played_grace.h"
#include "support/rng.h"

#define ROUNDS    4
#define CPUS      4
#define NODES     2
#define MAGAZINES 40
#define FRAMES    128
#define OF_A_NODE (FRAMES / NODES)
#define NO_SLOT   99

static struct fixture fix;
static fmag_hpa_t frames[FRAMES + 1];

static unsigned node_of_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	return cpu / 2;
}

static unsigned node_of_frame(void *hook_ctx, fmag_hpa_t frame)
{
	const struct fixture *fixture = hook_ctx;

	return test_hal_node(&fixture->hal, frame);
}

static unsigned nonsense_of_cpu(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	return cpu % 2 == 0 ? NODES : UINT_MAX;
}

static unsigned nonsense_of_frame(void *hook_ctx, fmag_hpa_t frame)
{
	(void)hook_ctx;
	return frame / TEST_HAL_FRAME_SIZE % 2 == 0 ? NODES : UINT_MAX;
}

static unsigned not_to_be_asked(void *hook_ctx, unsigned cpu)
{
	(void)hook_ctx;
	cr_assert_fail("asked for the node of CPU %u", cpu);
	return 0;
}

static unsigned not_to_be_asked_of(void *hook_ctx, fmag_hpa_t frame)
{
	(void)hook_ctx;
	cr_assert_fail(
		"asked for the node of %#llx", (unsigned long long)frame);
	return 0;
}

static struct test_hal_options hal_with_nodes(void)
{
	struct test_hal_options options = fixture_hal_options(FRAMES);

	options.nodes = NODES;
	return options;
}

static struct fmag_config config_on_nodes(void)
{
	struct fmag_config config =
		fixture_config(&fix, CPUS, ROUNDS, MAGAZINES);

	config.node_count = NODES;
	config.node_of_cpu = node_of_cpu;
	config.node_of_frame = node_of_frame;
	return config;
}

static void begin_with(
	enum fmag_front_kind front, const struct fmag_config *config)
{
	fixture_init_on(&fix, front, hal_with_nodes(), config);
}

static void begin(enum fmag_front_kind front)
{
	const struct fmag_config config = config_on_nodes();

	begin_with(front, &config);
}

static struct fmag_depot *depot(void)
{
	return &fix.cache->state->depot;
}

static void take(unsigned cpu, size_t first, size_t count)
{
	fixture_play(&fix, cpu);
	for (size_t i = 0; i < count; i++) {
		frames[first + i] = fmag_alloc_frame(fix.cache);
		cr_assert_neq(frames[first + i], FMAG_HPA_NONE, "G4");
	}
}

static void give(unsigned cpu, size_t first, size_t count)
{
	fixture_play(&fix, cpu);
	for (size_t i = 0; i < count; i++)
		fmag_dealloc_frame(fix.cache, frames[first + i]);
}

/* How many of those are of a node. */
static size_t count_of(unsigned node, size_t first, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += test_hal_node(&fix.hal, frames[first + i]) == node;
	return found;
}

/* As many as there are. */
static size_t take_all(unsigned cpu)
{
	size_t count = 0;

	fixture_play(&fix, cpu);
	while (count <= FRAMES) {
		frames[count] = fmag_alloc_frame(fix.cache);
		if (frames[count] == FMAG_HPA_NONE)
			break;
		count++;
	}
	return count;
}

static size_t count_in(const struct fmag_magazine *magazine, unsigned node)
{
	size_t found = 0;

	for (size_t i = 0; i < fmag_magazine_rounds(magazine); i++)
		found += test_hal_node(&fix.hal, magazine->frames[i]) == node;
	return found;
}

static size_t count_on_stack(const struct fmag_stack *stack, unsigned node)
{
	size_t found = 0;

	for (ck_stack_entry_t *entry = stack->ck.head; entry != NULL;
		entry = entry->next)
		found += count_in(fmag_stack_magazine(entry), node);
	return found;
}

/* Frames of a node on the shelf of that, or of the other one. */
static size_t count_on_shelf(unsigned shelf, unsigned node)
{
	const struct fmag_shelf *of = fmag_depot_shelf(depot(), shelf);

	return count_on_stack(&of->full, node) +
		count_on_stack(&of->partial, node);
}

static size_t count_astray(void)
{
	return count_on_shelf(0, 1) + count_on_shelf(1, 0);
}

static size_t calls_for_any(void)
{
	return fix.hal.calls - fix.hal.calls_for_node;
}

/* What a CPU has goes to the depot. */
static void drain(unsigned cpu)
{
	fixture_play(&fix, cpu);
	cr_assert_eq(fmag_cpu_drain(fix.cache, cpu), FMAG_OK);
}

/* Allocs. */

TEST_ON_EACH_PLAYED_FRONT(
	nodes, memory_is_local_while_there_is_some, .timeout = 60)
{
	begin(front);
	take(0, 0, OF_A_NODE / 2);
	take(3, OF_A_NODE / 2, OF_A_NODE / 2);
	cr_assert_eq(count_of(0, 0, OF_A_NODE / 2), OF_A_NODE / 2);
	cr_assert_eq(count_of(1, OF_A_NODE / 2, OF_A_NODE / 2), OF_A_NODE / 2);
	cr_assert_eq(calls_for_any(), 0, "the HAL was asked by node only");
	fixture_fini(&fix, OF_A_NODE);
}
TEST_ON_OWNER(nodes, memory_is_local_while_there_is_some, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	nodes, none_is_refused_while_any_node_has_a_frame, .timeout = 60)
{
	begin(front);
	cr_assert_eq(take_all(0), FRAMES, "G4");
	cr_assert_eq(count_of(0, 0, OF_A_NODE), OF_A_NODE, "its own first");
	fixture_fini(&fix, FRAMES);
}
TEST_ON_OWNER(nodes, none_is_refused_while_any_node_has_a_frame, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_cached_frame_is_had_by_every_node, .timeout = 60)
{
	begin(front);
	take(2, 0, OF_A_NODE);
	give(2, 0, OF_A_NODE);
	drain(2);
	cr_assert_eq(count_on_shelf(1, 1), OF_A_NODE);
	cr_assert_eq(take_all(0), FRAMES, "G4");
	cr_assert_eq(count_of(0, 0, OF_A_NODE), OF_A_NODE, "its own first");
	fixture_fini(&fix, FRAMES);
}
TEST_ON_OWNER(nodes, a_cached_frame_is_had_by_every_node, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(nodes,
	the_hal_is_asked_for_the_own_node_before_another_shelf, .timeout = 60)
{
	begin(front);
	take(2, 0, 6 * ROUNDS);
	give(2, 0, 6 * ROUNDS);
	take(0, 0, ROUNDS);
	cr_assert_eq(count_of(0, 0, ROUNDS), ROUNDS);
	fixture_fini(&fix, ROUNDS);
}
TEST_ON_OWNER(nodes, the_hal_is_asked_for_the_own_node_before_another_shelf,
	.timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(nodes,
	another_shelf_is_looked_at_before_the_hal_is_asked_for_any,
	.timeout = 60)
{
	begin(front);
	take(2, OF_A_NODE, 6 * ROUNDS);
	give(2, OF_A_NODE, 6 * ROUNDS);
	take(0, 0, OF_A_NODE);
	take(0, OF_A_NODE, 4 * ROUNDS);
	cr_assert_eq(count_of(1, OF_A_NODE, 4 * ROUNDS), 4 * ROUNDS);
	cr_assert_eq(calls_for_any(), 0);
	fixture_fini(&fix, OF_A_NODE + 4 * ROUNDS);
}
TEST_ON_OWNER(nodes, another_shelf_is_looked_at_before_the_hal_is_asked_for_any,
	.timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(nodes,
	an_alloc_from_the_caches_alone_finds_other_shelves, .timeout = 60)
{
	size_t calls;

	begin(front);
	take(2, 0, 4 * ROUNDS);
	give(2, 0, 4 * ROUNDS);
	calls = fix.hal.calls;
	for (unsigned turn = 0; turn < 2; turn++) {
		fixture_play(&fix, turn == 0 ? 0 : NO_SLOT);
		cr_assert_neq(
			fmag_alloc_frame_cached(fix.cache), FMAG_HPA_NONE);
	}
	cr_assert_eq(fix.hal.calls, calls);
	fixture_fini(&fix, 2);
}

/* Both CPU 1 and CPU 2 have a previous magazine, and nobody else has a frame. */
TEST_ON_EACH_PLAYED_FRONT(nodes,
	of_other_cpus_magazines_those_of_the_own_node_are_taken_first,
	.timeout = 60)
{
	begin(front);
	take(1, 0, 2 * ROUNDS);
	take(2, 2 * ROUNDS, 2 * ROUNDS);
	give(1, 0, 2 * ROUNDS);
	give(2, 2 * ROUNDS, 2 * ROUNDS);
	fix.hal.fail_all = true;
	take(0, 0, ROUNDS);
	cr_assert_eq(count_of(0, 0, ROUNDS), ROUNDS);
	take(3, 0, ROUNDS);
	cr_assert_eq(count_of(1, 0, ROUNDS), ROUNDS);
	fixture_fini(&fix, 2 * ROUNDS);
}
TEST_ON_OWNER(nodes,
	of_other_cpus_magazines_those_of_the_own_node_are_taken_first,
	.timeout = 60)

/* Frees. */

TEST_ON_EACH_PLAYED_FRONT(nodes,
	frames_freed_on_another_node_go_home_in_whole_magazines, .timeout = 60)
{
	size_t calls;

	begin(front);
	take(0, 0, 10 * ROUNDS);
	give(2, 0, 10 * ROUNDS);
	cr_assert_eq(count_on_shelf(0, 0), 8 * ROUNDS,
		"all but what CPU 2's two magazines have");
	cr_assert_eq(count_astray(), 0);
	calls = fix.hal.calls;
	take(1, 0, 8 * ROUNDS);
	cr_assert_eq(fix.hal.calls, calls, "node 0's CPUs have them again");
	cr_assert_eq(fixture_stats(&fix).hal_dealloc_calls, 0);
	fixture_fini(&fix, 8 * ROUNDS);
}
TEST_ON_OWNER(nodes, frames_freed_on_another_node_go_home_in_whole_magazines,
	.timeout = 60)

/* As a deck is riffled: no magazine is of one node. */
static void mix(size_t count)
{
	take(0, 0, count / 2);
	take(2, count / 2, count / 2);
	for (size_t i = 0; i < count / 2; i += 2) {
		fmag_hpa_t frame = frames[i];

		frames[i] = frames[count - 1 - i];
		frames[count - 1 - i] = frame;
	}
}

TEST_ON_EACH_PLAYED_FRONT(nodes, a_mixed_magazine_is_sorted, .timeout = 60)
{
	begin(front);
	mix(16 * ROUNDS);
	give(1, 0, 16 * ROUNDS);
	cr_assert_eq(count_astray(), 0);
	cr_assert_geq(count_on_shelf(0, 0) + count_on_shelf(1, 1), 14 * ROUNDS);
	cr_assert_eq(fixture_stats(&fix).hal_dealloc_calls, 0);
	fixture_fini(&fix, 0);
}
TEST_ON_OWNER(nodes, a_mixed_magazine_is_sorted, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(nodes, a_drained_cpus_frames_go_home, .timeout = 60)
{
	begin(front);
	mix(4 * ROUNDS);
	give(3, 0, 4 * ROUNDS);
	drain(3);
	cr_assert_eq(count_on_shelf(0, 0), 2 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 1), 2 * ROUNDS);
	fixture_fini(&fix, 0);
}
TEST_ON_OWNER(nodes, a_drained_cpus_frames_go_home, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_free_without_a_slot_goes_home_at_once, .timeout = 60)
{
	begin(front);
	mix(8 * ROUNDS);
	give(NO_SLOT, 0, 8 * ROUNDS);
	cr_assert_eq(count_astray(), 0);
	cr_assert_eq(count_on_shelf(0, 0), 4 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 1), 4 * ROUNDS);
	fixture_fini(&fix, 0);
}

/* As many as the slots of two CPUs keep; none has room but theirs. */
TEST_ON_EACH_PLAYED_FRONT(
	nodes, without_room_mixed_magazines_stay_as_they_are, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();
	struct test_hal_options options = hal_with_nodes();

	config.magazine_count = 6;
	options.reentrant = true; /* no spares */
	fixture_init_on(&fix, front, options, &config);
	mix(16 * ROUNDS);
	give(1, 0, 16 * ROUNDS);
	cr_assert_gt(fixture_stats(&fix).hal_dealloc_calls, 0);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, 0, "G1");
	cr_assert_eq(take_all(1), FRAMES, "G4");
	fixture_fini(&fix, FRAMES);
}

TEST_ON_EACH_PLAYED_FRONT(nodes,
	where_no_frame_has_a_home_it_is_where_it_was_freed, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();

	config.node_of_frame = NULL;
	begin_with(front, &config);
	take(0, 0, 10 * ROUNDS);
	give(2, 0, 10 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 0), 8 * ROUNDS);
	drain(2);
	cr_assert_eq(count_on_shelf(1, 0), 10 * ROUNDS);
	fixture_fini(&fix, 0);
}
TEST_ON_OWNER(nodes, where_no_frame_has_a_home_it_is_where_it_was_freed,
	.timeout = 60)

/* The room of one node is another's, too. */
TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_free_finds_the_empty_magazines_of_all_nodes, .timeout = 60)
{
	begin(front);
	take(0, 0, OF_A_NODE);
	take(2, OF_A_NODE, OF_A_NODE);
	give(0, 0, FRAMES);
	cr_assert_eq(fixture_stats(&fix).hal_dealloc_calls, 0);
	cr_assert_eq(fixture_stats(&fix).frames_cached, FRAMES);
	fixture_fini(&fix, 0);
}
TEST_ON_OWNER(
	nodes, a_free_finds_the_empty_magazines_of_all_nodes, .timeout = 60)

/* Odd machines. */

/* CPUs 2 and 3 are of a node that has no memory. */
TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_node_without_memory_has_that_of_others, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();
	struct test_hal_options options = hal_with_nodes();

	options.nodes = 1;
	fixture_init_on(&fix, front, options, &config);
	take(2, 0, 10 * ROUNDS);
	give(2, 0, 10 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 0), 0, "all are node 0's");
	cr_assert_eq(take_all(3), FRAMES, "G4");
	fixture_fini(&fix, FRAMES);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_cpu_without_a_node_asks_the_hal_for_any, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();

	config.node_of_cpu = nonsense_of_cpu;
	begin_with(front, &config);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		take(cpu, cpu * 2 * ROUNDS, 2 * ROUNDS);
	take(NO_SLOT, 8 * ROUNDS, 2 * ROUNDS);
	cr_assert_eq(fix.hal.calls_for_node, 0);
	give(3, 0, 10 * ROUNDS);
	cr_assert_eq(count_astray(), 0, "frames have theirs");
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_frame_without_a_node_stays_where_it_was_freed, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();

	config.node_of_frame = nonsense_of_frame;
	begin_with(front, &config);
	take(0, 0, 10 * ROUNDS);
	give(2, 0, 10 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 0), 8 * ROUNDS);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, all_cpus_are_node_0s_unless_it_is_said, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();

	config.node_of_cpu = NULL;
	begin_with(front, &config);
	take(3, 0, OF_A_NODE);
	cr_assert_eq(count_of(0, 0, OF_A_NODE), OF_A_NODE);
	cr_assert_eq(calls_for_any(), 0);
	fixture_fini(&fix, OF_A_NODE);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_hal_without_bulk_verbs_is_asked_for_any, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();
	struct test_hal_options options = hal_with_nodes();

	options.bulk = false;
	fixture_init_on(&fix, front, options, &config);
	cr_assert_eq(take_all(0), FRAMES, "G4");
	give(0, 0, FRAMES);
	cr_assert_eq(count_astray(), 0);
	fixture_fini(&fix, 0);
}

/* One node: nobody is asked, and the test HAL dies where it hears of one. */
TEST_ON_EACH_PLAYED_FRONT(
	nodes, with_one_node_nobody_is_asked_for_any, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();

	config.node_count = 0;
	config.node_of_cpu = not_to_be_asked;
	config.node_of_frame = not_to_be_asked_of;
	fixture_init_on(&fix, front, fixture_hal_options(FRAMES), &config);
	cr_assert_eq(take_all(0), FRAMES);
	give(1, 0, FRAMES / 2);
	give(NO_SLOT, FRAMES / 2, FRAMES / 2);
	cr_assert_eq(fix.hal.calls_for_node, 0);
	fixture_fini(&fix, 0);
}
TEST_ON_OWNER(nodes, with_one_node_nobody_is_asked_for_any, .timeout = 60)

/* Frames on their way out. */

static void fill_both_shelves(void)
{
	mix(16 * ROUNDS);
	give(0, 0, 16 * ROUNDS);
	drain(0);
	cr_assert_eq(count_on_shelf(0, 0), 8 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 1), 8 * ROUNDS);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_drain_empties_every_nodes_shelf, .timeout = 60)
{
	begin(front);
	fill_both_shelves();
	cr_assert_eq(fmag_cache_drain(fix.cache, 16 * ROUNDS), 16 * ROUNDS);
	cr_assert_eq(fixture_stats(&fix).frames_cached, 0);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_trim_counts_and_gives_every_nodes_frames, .timeout = 60)
{
	size_t full;

	begin(front);
	fill_both_shelves();
	full = fmag_depot_full_frames(depot());
	cr_assert_gt(full, 8 * ROUNDS, "of both");
	cr_assert_eq(fmag_cache_trim(fix.cache, 2 * ROUNDS, SIZE_MAX),
		full - 2 * ROUNDS);
	cr_assert_eq(fmag_depot_full_frames(depot()), 2 * ROUNDS);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_trim_takes_of_each_node_by_turns, .timeout = 60)
{
	size_t of_0, of_1;

	begin(front);
	fill_both_shelves();
	of_0 = count_on_shelf(0, 0);
	of_1 = count_on_shelf(1, 1);
	fmag_cache_trim(fix.cache, 0, 4 * ROUNDS);
	cr_assert_eq(count_on_shelf(0, 0), of_0 - 2 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 1), of_1 - 2 * ROUNDS);
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, what_is_unused_on_any_node_goes_back, .timeout = 60)
{
	begin(front);
	fill_both_shelves();
	fmag_cache_trim_unused(fix.cache, SIZE_MAX);
	fmag_cache_trim_unused(fix.cache, SIZE_MAX);
	cr_assert_eq(fixture_stats(&fix).frames_cached, 0);
	fixture_fini(&fix, 0);
}

static struct fmag_depot *clean_depot(void)
{
	return &fmag_clean_of(fix.cache)->annex.cache->state->depot;
}

/* Half of each node's frames are clean. */
static void clean_half_of_both(enum fmag_front_kind front)
{
	const struct fmag_clean_config clean = {
		.magazine_rounds = ROUNDS,
		.magazine_count = MAGAZINES,
	};
	const struct fmag_config config = config_on_nodes();
	struct test_hal_options options = hal_with_nodes();

	options.readable = true;
	fixture_init_on(&fix, front, options, &config);
	cr_assert_eq(fmag_clean_create(fix.cache, &clean), FMAG_OK);
	fill_both_shelves();
	for (unsigned cpu = 0; cpu < CPUS; cpu += 2) {
		fixture_play(&fix, cpu);
		cr_assert_eq(
			fmag_cache_scrub(fix.cache, 4 * ROUNDS), 4 * ROUNDS);
	}
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_trim_counts_and_gives_every_nodes_clean_frames, .timeout = 60)
{
	size_t full;

	clean_half_of_both(front);
	full = fmag_depot_full_frames(clean_depot());
	cr_assert_eq(full, 8 * ROUNDS);
	fmag_cache_trim(fix.cache, full, SIZE_MAX);
	cr_assert_eq(fmag_depot_full_frames(depot()), 0);
	cr_assert_eq(fmag_depot_full_frames(clean_depot()), full);
	cr_assert_eq(fmag_cache_trim(fix.cache, 0, 4 * ROUNDS), 4 * ROUNDS);
	for (unsigned node = 0; node < NODES; node++) {
		struct fmag_shelf *shelf =
			fmag_depot_shelf(clean_depot(), node);

		cr_assert_eq(count_on_stack(&shelf->full, node), 2 * ROUNDS,
			"by turns");
	}
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, an_evacuated_frame_leaves_every_shelf, .timeout = 60)
{
	begin(front);
	fill_both_shelves();
	cr_assert_eq(fmag_cache_evacuate(fix.cache, TEST_HAL_BASE,
			     FRAMES * TEST_HAL_FRAME_SIZE, SIZE_MAX),
		FMAG_OK);
	cr_assert_eq(fixture_stats(&fix).frames_cached, 0);
	fixture_fini(&fix, 0);
}

/* CPU 2 works from it, and cannot be made to give it up. */
Test(nodes, an_evacuated_frame_that_is_sorted_goes_to_the_hal)
{
	begin(FMAG_FRONT_OWNER);
	mix(2 * ROUNDS);
	give(2, 0, ROUNDS);
	fixture_play(&fix, 0);
	cr_assert_eq(fmag_cache_evacuate(fix.cache, TEST_HAL_BASE,
			     FRAMES * TEST_HAL_FRAME_SIZE, SIZE_MAX),
		FMAG_ERR_BUSY);
	drain(2);
	cr_assert_eq(test_hal_out(&fix.hal), 2 * ROUNDS - 1);
	fixture_fini(&fix, ROUNDS);
}

/* Retiring: a retirer has no shelves, and what it gives back goes as frees do. */

static struct played_grace grace;
static struct fmag_retirer *retirer;

static void begin_retiring(enum fmag_front_kind front)
{
	const struct fmag_retirer_config config = {
		.magazine_count = MAGAZINES,
		.magazine_rounds = ROUNDS,
	};
	const struct fmag_grace_source source = played_grace_source(&grace);

	begin(front);
	grace = (struct played_grace){ 0 };
	cr_assert_eq(fmag_retirer_create(&retirer, fix.cache, &source, &config),
		FMAG_OK);
}

static void end_retiring(size_t out)
{
	grace.completed = UINT64_MAX; /* of what is sealed at the end, too */
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
	cr_assert_eq(fixture_stats(&fix).frames_with_callers, out, "G1");
	fixture_fini(&fix, out);
}

static void retire(unsigned cpu, size_t first, size_t count)
{
	fixture_play(&fix, cpu);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(fmag_retire_frame(fix.cache, frames[first + i]),
			FMAG_OK);
}

static void end_grace(void)
{
	fmag_retire_flush(fix.cache);
	played_grace_complete(&grace);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, frames_retired_on_another_node_come_home, .timeout = 60)
{
	size_t calls;

	begin_retiring(front);
	take(0, 0, 10 * ROUNDS);
	retire(2, 0, 10 * ROUNDS);
	end_grace();
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 10 * ROUNDS);
	cr_assert_eq(count_astray(), 0);
	drain(2);
	cr_assert_eq(count_astray(), 0);
	cr_assert_eq(count_on_shelf(0, 0), 10 * ROUNDS);
	calls = fix.hal.calls;
	take(1, 0, 10 * ROUNDS);
	cr_assert_eq(fix.hal.calls, calls, "node 0's CPUs have them again");
	end_retiring(10 * ROUNDS);
}
TEST_ON_OWNER(nodes, frames_retired_on_another_node_come_home, .timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(nodes,
	frames_of_both_nodes_that_share_a_grace_period_are_sorted,
	.timeout = 60)
{
	begin_retiring(front);
	mix(4 * ROUNDS);
	retire(3, 0, 4 * ROUNDS);
	end_grace();
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 4 * ROUNDS);
	drain(3);
	cr_assert_eq(count_on_shelf(0, 0), 2 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 1), 2 * ROUNDS);
	end_retiring(0);
}
TEST_ON_OWNER(nodes, frames_of_both_nodes_that_share_a_grace_period_are_sorted,
	.timeout = 60)

TEST_ON_EACH_PLAYED_FRONT(
	nodes, what_is_polled_without_a_slot_comes_home_at_once, .timeout = 60)
{
	begin_retiring(front);
	mix(8 * ROUNDS);
	retire(NO_SLOT, 0, 8 * ROUNDS);
	end_grace();
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 8 * ROUNDS);
	cr_assert_eq(count_on_shelf(0, 0), 4 * ROUNDS);
	cr_assert_eq(count_on_shelf(1, 1), 4 * ROUNDS);
	end_retiring(0);
}

/* CPU 0 retires node 1's; whichever CPU wants one has those that are over. */
TEST_ON_EACH_PLAYED_FRONT(
	nodes, g4_none_is_refused_while_any_nodes_frame_is_over, .timeout = 60)
{
	begin_retiring(front);
	cr_assert_eq(take_all(0), FRAMES);
	retire(0, OF_A_NODE, CPUS * ROUNDS);
	fmag_retire_flush(fix.cache);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		fixture_play(&fix, cpu);
		cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE, "G7");
		grace.completed++;
		take(cpu, OF_A_NODE + cpu * ROUNDS, ROUNDS);
	}
	cr_assert_eq(fmag_alloc_frame(fix.cache), FMAG_HPA_NONE);
	cr_assert_eq(
		count_of(1, OF_A_NODE, CPUS * ROUNDS), CPUS * ROUNDS, "G2");
	end_retiring(FRAMES);
}
TEST_ON_OWNER(
	nodes, g4_none_is_refused_while_any_nodes_frame_is_over, .timeout = 60)

/* Whatever order of steps, by whichever CPU. */

static struct owners owners;
static size_t held;

static void take_any(void)
{
	fmag_hpa_t frame = fmag_alloc_frame(fix.cache);

	if (frame != FMAG_HPA_NONE) {
		owners_take(&owners, frame, 1);
		frames[held++] = frame;
		return;
	}
	cr_assert_eq(fixture_stats(&fix).frames_cached, 0, "G4");
	cr_assert_eq(fmag_retire_poll(fix.cache, SIZE_MAX), 0, "G4");
}

/* Any of them, so that it is of any node. */
static fmag_hpa_t choose(uint64_t *rng)
{
	size_t chosen = rng_below(rng, held);
	fmag_hpa_t frame = frames[chosen];

	frames[chosen] = frames[--held];
	owners_give(&owners, frame, 1);
	return frame;
}

static void retire_any(uint64_t *rng)
{
	fmag_hpa_t frame = choose(rng);

	if (fmag_retire_frame(fix.cache, frame) == FMAG_OK)
		return;
	owners_take(&owners, frame, 1);
	frames[held++] = frame;
}

/* `allocs` for 10 that give a frame up: so many empty the pool, so few fill it. */
static void step(uint64_t *rng, unsigned allocs)
{
	uint64_t kind = rng_below(rng, 16 + allocs);

	fixture_play(&fix, (unsigned)rng_below(rng, CPUS));
	if (kind >= 16)
		take_any();
	else if (kind < 6 && held > 0)
		retire_any(rng);
	else if (kind < 10 && held > 0)
		fmag_dealloc_frame(fix.cache, choose(rng));
	else if (kind < 11)
		fmag_retire_flush(fix.cache);
	else if (kind < 13)
		fmag_retire_poll(fix.cache, rng_below(rng, 3 * ROUNDS));
	else if (grace.completed < grace.started)
		grace.completed++;
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, nothing_is_lost_between_nodes_and_grace_periods, .timeout = 60)
{
	uint64_t rng = 11;

	begin_retiring(front);
	owners_init(&owners, &fix.hal);
	for (unsigned i = 0; i < 20000; i++) {
		struct fmag_cache_stats stats;

		step(&rng, i / 500 % 2 == 0 ? 20 : 5);
		stats = fixture_stats(&fix);
		cr_assert_eq(stats.frames_with_callers, held, "G1, step %u", i);
		cr_assert_eq(owners.doubles, 0, "G2, step %u", i);
		cr_assert_eq(count_astray(), 0, "step %u", i);
	}
	owners_fini(&owners);
	end_retiring(held);
}

/* Whichever call the HAL fails at. */
static void fail_at(enum fmag_front_kind front, size_t call)
{
	begin(front);
	fix.hal.fail_call = call;
	mix(16 * ROUNDS);
	give(1, 0, 16 * ROUNDS);
	cr_assert_eq(count_astray(), 0);
	cr_assert_eq(fixture_stats(&fix).frames_from_hal,
		test_hal_out(&fix.hal), "G1");
	fixture_fini(&fix, 0);
}

TEST_ON_EACH_PLAYED_FRONT(
	nodes, a_call_of_the_hal_that_fails_loses_nothing, .timeout = 60)
{
	for (size_t call = 1; call <= 40; call++)
		fail_at(front, call);
}

/* The configuration. */

TEST_ON_EACH_PLAYED_FRONT(
	nodes, as_many_as_may_be_share_few_magazines, .timeout = 60)
{
	struct fmag_config config = config_on_nodes();

	config.node_count = FMAG_MAX_NODES;
	config.magazine_count = 10;
	begin_with(front, &config);
	cr_assert_eq(take_all(0), FRAMES, "G4");
	give(0, 0, FRAMES);
	fixture_fini(&fix, 0);
}

static enum fmag_status init_on(unsigned nodes, size_t size)
{
	static char storage[FMAG_CACHE_STORAGE_SIZE_ON_NODES(CPUS, MAGAZINES,
		ROUNDS, 3)] __attribute__((aligned(FMAG_CACHE_ALIGN)));
	struct fmag_config config = config_on_nodes();
	enum fmag_status status;
	struct fmag_cache *cache;

	config.node_count = nodes;
	test_hal_init(&fix.hal, hal_with_nodes());
	status = fmag_cache_init(&cache, storage, size, &fix.hal.hal, &config);
	if (status == FMAG_OK)
		fmag_cache_fini(cache);
	test_hal_fini(&fix.hal);
	return status;
}

Test(nodes, storage_is_as_large_as_the_macros_say)
{
	size_t one = FMAG_CACHE_STORAGE_SIZE(CPUS, MAGAZINES, ROUNDS);
	size_t three =
		FMAG_CACHE_STORAGE_SIZE_ON_NODES(CPUS, MAGAZINES, ROUNDS, 3);

	cr_assert_eq(
		FMAG_CACHE_STORAGE_SIZE_ON_NODES(CPUS, MAGAZINES, ROUNDS, 1),
		one);
	cr_assert_eq(init_on(1, one), FMAG_OK);
	cr_assert_eq(init_on(3, three), FMAG_OK);
	cr_assert_eq(init_on(3, three - 1), FMAG_ERR_INVALID);
}

Test(nodes, more_than_there_may_be_are_refused)
{
	struct fmag_config config = config_on_nodes();
	struct fmag_cache *cache;

	config.node_count = FMAG_MAX_NODES + 1;
	test_hal_init(&fix.hal, hal_with_nodes());
	cr_assert_eq(fmag_cache_create(&cache, &fix.hal.hal, &config),
		FMAG_ERR_INVALID);
	test_hal_fini(&fix.hal);
}
