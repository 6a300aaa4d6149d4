/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods by liburcu (fmag/rcu.h): a flavour that is played, and a real
 * radix tree whose readers walk it under memb's, qsbr's and bp's read sides, while
 * its frames are unlinked, retired, and written all over by whoever gets them next.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <urcu/flavor.h>

#include <fmag/fmag.h>
#include <fmag/rcu.h>

#include "base/atomic.h"
#include "support/rng.h"

/* Of liburcu-memb, liburcu-qsbr and liburcu-bp. */
extern const struct rcu_flavor_struct urcu_memb_flavor;
extern const struct rcu_flavor_struct urcu_qsbr_flavor;
extern const struct rcu_flavor_struct urcu_bp_flavor;

/* A flavour that is played. */

static unsigned periods;
static void (*inside_period)(void);

static void play_period(void)
{
	periods++;
	if (inside_period != NULL)
		inside_period();
}

static const struct rcu_flavor_struct played = {
	.update_synchronize_rcu = play_period,
};

static struct fmag_rcu *polled;
static struct fmag_grace_source source;
static uint64_t late_ticket;

static void make_polled(void)
{
	periods = 0;
	inside_period = NULL;
	cr_assert_eq(
		fmag_rcu_create(&polled, &played, FMAG_RCU_POLLED), FMAG_OK);
	source = fmag_rcu_grace_source(polled);
}

static enum fmag_grace done(uint64_t ticket)
{
	return source.done(source.ctx, ticket);
}

Test(rcu, a_poll_runs_a_period_only_if_one_is_wanted)
{
	make_polled();
	cr_assert_not(fmag_rcu_poll(polled));
	source.start(source.ctx);
	source.start(source.ctx);
	cr_assert(fmag_rcu_poll(polled));
	cr_assert_eq(periods, 1, "they share it");
	cr_assert_not(fmag_rcu_poll(polled));
	fmag_rcu_destroy(polled);
}

Test(rcu, a_ticket_is_over_after_its_period)
{
	uint64_t ticket;

	make_polled();
	ticket = source.start(source.ctx);
	cr_assert_eq(done(ticket), FMAG_GRACE_PENDING);
	cr_assert_eq(
		done(ticket + 1), FMAG_GRACE_UNKNOWN, "nobody was given it");
	fmag_rcu_poll(polled);
	cr_assert_eq(done(ticket), FMAG_GRACE_OVER);
	source.wait(source.ctx, ticket);
	cr_assert_eq(periods, 1, "there is nothing to wait for");
	fmag_rcu_destroy(polled);
}

static void start_late(void)
{
	inside_period = NULL;
	late_ticket = source.start(source.ctx);
}

Test(rcu, g7_a_period_that_is_under_way_is_not_the_tickets)
{
	make_polled();
	source.start(source.ctx);
	inside_period = start_late;
	fmag_rcu_poll(polled);
	cr_assert_eq(done(late_ticket), FMAG_GRACE_PENDING, "G7");
	cr_assert(fmag_rcu_poll(polled));
	cr_assert_eq(done(late_ticket), FMAG_GRACE_OVER);
	fmag_rcu_destroy(polled);
}

static void poll_inside(void)
{
	inside_period = start_late;
	fmag_rcu_poll(polled);
}

/* Two runners at once: the later period is over first. */
Test(rcu, a_later_period_that_is_over_is_the_earlier_ones_too)
{
	uint64_t ticket;

	make_polled();
	ticket = source.start(source.ctx);
	inside_period = poll_inside;
	fmag_rcu_poll(polled);
	cr_assert_eq(periods, 2);
	cr_assert_eq(done(ticket), FMAG_GRACE_OVER);
	cr_assert_eq(done(late_ticket), FMAG_GRACE_PENDING);
	source.wait(source.ctx, late_ticket);
	cr_assert_eq(done(late_ticket), FMAG_GRACE_OVER);
	fmag_rcu_destroy(polled);
}

Test(rcu, the_thread_runs_what_is_wanted, .timeout = 60)
{
	struct fmag_rcu *rcu;
	uint64_t ticket;

	cr_assert_eq(fmag_rcu_create(&rcu, &played, FMAG_RCU_THREAD), FMAG_OK);
	source = fmag_rcu_grace_source(rcu);
	ticket = source.start(source.ctx);
	while (done(ticket) != FMAG_GRACE_OVER)
		sched_yield();
	fmag_rcu_destroy(rcu);
}

Test(rcu, what_cannot_be_made_is_said)
{
	cr_assert_eq(fmag_rcu_create(NULL, &played, FMAG_RCU_POLLED),
		FMAG_ERR_INVALID);
	cr_assert_eq(fmag_rcu_create(&polled, NULL, FMAG_RCU_POLLED),
		FMAG_ERR_INVALID);
	cr_assert_null(polled);
	fmag_rcu_destroy(NULL);
}

/*
 * The tree: a root of WAYS nodes, each a frame of WAYS leaves, each a frame that
 * is filled with the stamp of its key. ThreadSanitizer is told what liburcu
 * orders, since that is not compiled for it: readers' release and the period's
 * acquire, by the flavour that wraps it.
 */
#define WAYS    16
#define WORDS   512 /* of a frame */
#define READERS 3
#define POISON  UINT64_C(0xdeaddeaddeaddead)

#ifdef FMAG_TSAN_SHIM
#define CHANGES 3000
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#else
#define CHANGES                 30000
#define __tsan_acquire(address) ((void)(address))
#define __tsan_release(address) ((void)(address))
#endif

struct node {
	uint64_t *leaves[WAYS];
	uint64_t stamp; /* of its first key */
};

static struct {
	const struct rcu_flavor_struct *flavor;
	struct fmag_cache *cache;
	struct node *root[WAYS];
	uint32_t is_over;
	uint64_t torn;  /* what readers saw that is not there */
	uint64_t walks; /* leaves that were read */
	uint64_t edge;  /* ThreadSanitizer's */
} tree;

static void synchronize(void)
{
	tree.flavor->update_synchronize_rcu();
	__tsan_acquire(&tree.edge);
}

static uint64_t stamp_of(unsigned way, unsigned leaf)
{
	return UINT64_C(0x1eaf000000000000) | way << 8 | leaf;
}

static void check(uint64_t found, uint64_t expected)
{
	if (found != expected)
		fmag_add_relaxed(&tree.torn, 1);
}

/* Plain reads of what was published: a race with the next owner is a race. */
static void walk(unsigned way, unsigned leaf, unsigned first)
{
	struct node *node = fmag_load_acquire(&tree.root[way]);
	uint64_t *words = fmag_load_acquire(&node->leaves[leaf]);

	for (unsigned i = first; i < WORDS; i += 37)
		check(words[i], stamp_of(way, leaf));
	check(node->stamp, stamp_of(way, 0));
	fmag_add_relaxed(&tree.walks, 1);
}

static void *read_tree(void *arg)
{
	uint64_t rng = (uintptr_t)arg;

	tree.flavor->register_thread();
	while (fmag_load_relaxed(&tree.is_over) == 0) {
		unsigned random = (unsigned)rng_next(&rng);

		tree.flavor->read_lock();
		walk(random % WAYS, random / WAYS % WAYS, random / 256 % 37);
		__tsan_release(&tree.edge);
		tree.flavor->read_unlock();
		tree.flavor->read_quiescent_state();
	}
	tree.flavor->unregister_thread();
	return NULL;
}

/* Written all over by its owner, whoever may be reading. */
static void *new_frame(void)
{
	fmag_hpa_t frame;
	uint64_t *words;

	while ((frame = fmag_alloc_frame(tree.cache)) == FMAG_HPA_NONE) {
		fmag_retire_flush(tree.cache);
		sched_yield();
	}
	words = fmag_phys_to_virt(tree.cache, frame);
	for (unsigned i = 0; i < WORDS; i++)
		words[i] = POISON;
	return words;
}

static void retire(void *memory)
{
	fmag_hpa_t frame = fmag_virt_to_phys(tree.cache, memory);

	while (fmag_retire_frame(tree.cache, frame) != FMAG_OK)
		sched_yield();
}

static uint64_t *new_leaf(unsigned way, unsigned leaf)
{
	uint64_t *words = new_frame();

	for (unsigned i = 0; i < WORDS; i++)
		words[i] = stamp_of(way, leaf);
	return words;
}

static struct node *new_node(unsigned way)
{
	struct node *node = new_frame();

	for (unsigned leaf = 0; leaf < WAYS; leaf++)
		node->leaves[leaf] = new_leaf(way, leaf);
	node->stamp = stamp_of(way, 0);
	return node;
}

static void retire_node(struct node *node)
{
	for (unsigned leaf = 0; leaf < WAYS; leaf++)
		retire(node->leaves[leaf]);
	retire(node);
}

/* A leaf, or now and then a node with all of its own. */
static void change(uint64_t random)
{
	unsigned way = (unsigned)random % WAYS;
	unsigned leaf = (unsigned)(random / WAYS) % WAYS;
	struct node *node = tree.root[way];
	uint64_t *old = node->leaves[leaf];

	if (random >> 32 & 31) {
		fmag_store_release(&node->leaves[leaf], new_leaf(way, leaf));
		retire(old);
	} else {
		fmag_store_release(&tree.root[way], new_node(way));
		retire_node(node);
	}
}

static void grow_and_change(struct fmag_retirer *retirer)
{
	pthread_t readers[READERS];
	uint64_t rng = 7;

	(void)retirer;
	for (unsigned way = 0; way < WAYS; way++)
		tree.root[way] = new_node(way);
	for (uintptr_t i = 0; i < READERS; i++)
		cr_assert_eq(pthread_create(&readers[i], NULL, read_tree,
				     (void *)(i + 1)),
			0);
	while (fmag_load_relaxed(&tree.walks) < READERS)
		sched_yield();
	for (unsigned i = 0; i < CHANGES; i++)
		change(rng_next(&rng));
	fmag_store_relaxed(&tree.is_over, 1u);
	for (unsigned i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	for (unsigned way = 0; way < WAYS; way++)
		retire_node(tree.root[way]);
}

static void run_tree(const struct rcu_flavor_struct *flavor)
{
	/* Twice the tree: what waits is soon all there is. */
	const struct fmag_arena_config pool = {
		.struct_size = sizeof(pool),
		.size = (size_t)2 * WAYS * (WAYS + 1) * 4096,
	};
	struct rcu_flavor_struct wrapped = *flavor;
	struct fmag_arena *arena;
	struct fmag_hal hal;
	struct fmag_retirer *retirer;
	struct fmag_rcu *rcu;

	wrapped.update_synchronize_rcu = synchronize;
	tree.flavor = flavor;
	cr_assert_eq(fmag_arena_create(&arena, &pool), FMAG_OK);
	cr_assert_eq(fmag_arena_hal(arena, 4096, &hal), FMAG_OK);
	cr_assert_eq(fmag_cache_create(&tree.cache, &hal, NULL), FMAG_OK);
	cr_assert_eq(fmag_rcu_create(&rcu, &wrapped, FMAG_RCU_THREAD), FMAG_OK);
	source = fmag_rcu_grace_source(rcu);
	cr_assert_eq(fmag_retirer_create(&retirer, tree.cache, &source, NULL),
		FMAG_OK);
	grow_and_change(retirer);
	cr_assert_eq(fmag_retirer_destroy(retirer), 0);
	fmag_rcu_destroy(rcu);
	cr_assert_eq(fmag_cache_destroy(tree.cache), 0, "G1");
	fmag_arena_destroy(arena);
	printf("%llu leaves read\n", (unsigned long long)tree.walks);
	cr_assert_eq(tree.torn, 0,
		"G7: %llu words of frames that were another's by then",
		(unsigned long long)tree.torn);
}

Test(rcu, g7_a_tree_is_walked_under_memb_while_its_frames_are_reused,
	.timeout = 120)
{
	run_tree(&urcu_memb_flavor);
}

Test(rcu, g7_a_tree_is_walked_under_qsbr_while_its_frames_are_reused,
	.timeout = 120)
{
	run_tree(&urcu_qsbr_flavor);
}

static void let_it_register_itself(void)
{
}

/* A thread may read that never registered: what the flavour is for. */
Test(rcu, g7_a_tree_is_walked_under_bp_while_its_frames_are_reused,
	.timeout = 120)
{
	struct rcu_flavor_struct bp = urcu_bp_flavor;

	bp.register_thread = let_it_register_itself;
	run_tree(&bp);
}
