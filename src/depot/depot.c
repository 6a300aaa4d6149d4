/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordering:
 *   stack push CAS       relaxed   after ck's store fence: publishes the
 *                                  link; what the holder did with frames[] is
 *                                  published by the word (magazine/magazine.h)
 *   stack pop            acquire   (ck: a fence after the load of the head)
 *                                  partner of that push, before the first use
 *                                  of the magazine
 *   stack peek           relaxed   what follows is a take, which acquires the
 *                                  word
 *   spares_owed          relaxed   a count; the stack orders the magazines
 *   levels               relaxed   hints: depot/level.h
 *   word load of a sweep acquire   the second sweep's come after the first's
 */
#include "depot/depot.h"

#include "base/atomic.h"

static void init_shelf(struct fmag_shelf *shelf)
{
	fmag_stack_init(&shelf->full);
	fmag_stack_init(&shelf->partial);
	fmag_stack_init(&shelf->empty);
}

void fmag_depot_init(struct fmag_depot *depot, void *table, unsigned count,
	unsigned capacity, unsigned enough, unsigned spares)
{
	init_shelf(&depot->first);
	fmag_stack_init(&depot->spare);
	depot->spares_owed = 0;
	depot->table = table;
	depot->magazine_size = FMAG_MAGAZINE_SIZE_(capacity);
	depot->magazine_count = count;
	depot->capacity = capacity;
	depot->enough = enough;
	depot->node_count = 1;
	depot->others = NULL;
	for (unsigned i = 0; i < count; i++) {
		struct fmag_magazine *magazine = fmag_depot_magazine(depot, i);

		magazine->word = 0;
		magazine->limit = 0;
		magazine->stay = 0;
		magazine->cleaned = 0;
		fmag_stack_push(
			i < spares ? &depot->spare : &depot->first.empty,
			magazine);
	}
}

void fmag_depot_add_nodes(struct fmag_depot *depot, void *shelves,
	unsigned node_count, unsigned spares)
{
	unsigned share = (depot->magazine_count - spares) / node_count;

	depot->node_count = node_count;
	depot->others = shelves;
	for (unsigned node = 1; node < node_count; node++) {
		struct fmag_shelf *shelf = fmag_depot_shelf(depot, node);

		init_shelf(shelf);
		for (unsigned i = 0; i < share; i++)
			fmag_stack_push(&shelf->empty,
				fmag_stack_pop(&depot->first.empty));
	}
}

bool fmag_depot_owes_spare(const struct fmag_depot *depot)
{
	return fmag_load_relaxed(&depot->spares_owed) > 0;
}

/* True where this empty magazine is to make up for a spare one. */
static bool repay_spare(struct fmag_depot *depot)
{
	uint32_t owed = fmag_load_relaxed(&depot->spares_owed);

	while (owed > 0) {
		if (fmag_cas_relaxed(&depot->spares_owed, &owed, owed - 1))
			return true;
	}
	return false;
}

static void push_counted(
	struct fmag_stack *stack, struct fmag_magazine *magazine, size_t rounds)
{
	fmag_level_rise(&stack->level, rounds);
	fmag_stack_push(stack, magazine);
}

static struct fmag_magazine *pop_full(struct fmag_shelf *shelf)
{
	struct fmag_magazine *magazine = fmag_stack_pop(&shelf->full);

	if (magazine != NULL)
		fmag_level_fall(
			&shelf->full.level, fmag_magazine_rounds(magazine));
	return magazine;
}

/* Its frames come and go while it lies there: not counted. */
static struct fmag_magazine *pop_partial(struct fmag_shelf *shelf)
{
	struct fmag_magazine *magazine = fmag_stack_pop(&shelf->partial);

	if (magazine != NULL)
		fmag_level_fall(&shelf->partial.level, 0);
	return magazine;
}

static struct fmag_magazine *pop_empty(struct fmag_shelf *shelf)
{
	return fmag_stack_pop(&shelf->empty);
}

static struct fmag_magazine *pop_frames(struct fmag_shelf *shelf)
{
	struct fmag_magazine *magazine = pop_full(shelf);

	return magazine != NULL ? magazine : pop_partial(shelf);
}

void fmag_depot_put(
	struct fmag_depot *depot, unsigned node, struct fmag_magazine *magazine)
{
	struct fmag_shelf *shelf = fmag_depot_shelf(depot, node);
	size_t rounds = fmag_magazine_rounds(magazine);

	if (rounds == 0 && repay_spare(depot))
		fmag_stack_push(&depot->spare, magazine);
	else if (rounds == 0)
		fmag_stack_push(&shelf->empty, magazine);
	else if (rounds >= depot->enough)
		push_counted(&shelf->full, magazine, rounds);
	else
		push_counted(&shelf->partial, magazine, 0);
}

struct fmag_magazine *fmag_depot_get_frames_of(
	struct fmag_depot *depot, unsigned node)
{
	return pop_frames(fmag_depot_shelf(depot, node));
}

struct fmag_magazine *fmag_depot_get_full_of(
	struct fmag_depot *depot, unsigned node)
{
	return pop_full(fmag_depot_shelf(depot, node));
}

struct fmag_magazine *fmag_depot_get_partial_of(
	struct fmag_depot *depot, unsigned node)
{
	return pop_partial(fmag_depot_shelf(depot, node));
}

/* The node that comes `steps` after another in the ring. */
static unsigned after(
	const struct fmag_depot *depot, unsigned node, unsigned steps)
{
	unsigned at = node + steps;

	return at < depot->node_count ? at : at - depot->node_count;
}

/* From the first shelf that has one, beginning at a node's. */
static struct fmag_magazine *pop_any(struct fmag_depot *depot, unsigned node,
	struct fmag_magazine *(*pop)(struct fmag_shelf *shelf))
{
	struct fmag_magazine *magazine = NULL;

	for (unsigned i = 0; magazine == NULL && i < depot->node_count; i++)
		magazine = pop(fmag_depot_shelf(depot, after(depot, node, i)));
	return magazine;
}

struct fmag_magazine *fmag_depot_get_frames(
	struct fmag_depot *depot, unsigned node)
{
	return pop_any(depot, node, pop_frames);
}

struct fmag_magazine *fmag_depot_get_full(
	struct fmag_depot *depot, unsigned node)
{
	return pop_any(depot, node, pop_full);
}

struct fmag_magazine *fmag_depot_get_room(
	struct fmag_depot *depot, unsigned node)
{
	struct fmag_shelf *shelf = fmag_depot_shelf(depot, node);
	struct fmag_magazine *magazine = pop_empty(shelf);

	if (magazine == NULL)
		magazine = pop_partial(shelf);
	if (magazine != NULL || fmag_likely(depot->node_count == 1))
		return magazine;
	magazine = pop_any(depot, node, pop_empty);
	return magazine != NULL ? magazine : pop_any(depot, node, pop_partial);
}

struct fmag_magazine *fmag_depot_get_top_up(
	struct fmag_depot *depot, unsigned node)
{
	struct fmag_magazine *magazine =
		pop_partial(fmag_depot_shelf(depot, node));

	return magazine != NULL ? magazine : pop_any(depot, node, pop_empty);
}

struct fmag_magazine *fmag_depot_get_empty(
	struct fmag_depot *depot, unsigned node)
{
	return pop_any(depot, node, pop_empty);
}

bool fmag_depot_has_room(struct fmag_depot *depot)
{
	bool found = false;

	for (unsigned node = 0; !found && node < depot->node_count; node++) {
		struct fmag_shelf *shelf = fmag_depot_shelf(depot, node);

		found = fmag_stack_peek(&shelf->empty) != NULL ||
			fmag_stack_peek(&shelf->partial) != NULL;
	}
	return found;
}

static size_t full_frames_of(
	const struct fmag_depot *depot, const struct fmag_shelf *shelf)
{
	uint64_t now = fmag_load_relaxed(&shelf->full.level.now);
	size_t frames = fmag_level_frames(now);
	size_t most = fmag_level_magazines(now) * depot->capacity;

	return frames < most ? frames : most;
}

size_t fmag_depot_full_frames(struct fmag_depot *depot)
{
	size_t frames = 0;

	for (unsigned node = 0; node < depot->node_count; node++)
		frames += full_frames_of(depot, fmag_depot_shelf(depot, node));
	return frames;
}

struct fmag_magazine *fmag_depot_get_spare(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine = fmag_stack_pop(&depot->spare);

	if (magazine != NULL)
		fmag_add_relaxed(&depot->spares_owed, 1u);
	return magazine;
}

/*
 * In place, from the top. Popping is for magazines that takers have emptied:
 * they go where empty ones are; one that was filled meanwhile goes back. Each
 * turn either shortens the stack by one, or follows a step of another thread.
 */
static fmag_hpa_t take_from_partial(struct fmag_depot *depot, unsigned node)
{
	struct fmag_shelf *shelf = fmag_depot_shelf(depot, node);
	struct fmag_magazine *magazine;
	fmag_hpa_t frame;

	while ((magazine = fmag_stack_peek(&shelf->partial)) != NULL) {
		if (fmag_magazine_take(magazine, &frame, 1) == 1)
			return frame;
		magazine = pop_partial(shelf);
		if (magazine != NULL)
			fmag_depot_put(depot, node, magazine);
	}
	return FMAG_HPA_NONE;
}

/*
 * Not in place: a magazine with a frame less belongs on `partial`, where its
 * room is found.
 */
static fmag_hpa_t take_from_full(struct fmag_depot *depot, unsigned node)
{
	struct fmag_shelf *shelf = fmag_depot_shelf(depot, node);
	struct fmag_magazine *magazine;
	fmag_hpa_t frame;
	size_t taken;

	while ((magazine = pop_full(shelf)) != NULL) {
		taken = fmag_magazine_take(magazine, &frame, 1);
		fmag_depot_put(depot, node, magazine);
		if (taken == 1)
			return frame;
	}
	return FMAG_HPA_NONE;
}

fmag_hpa_t fmag_depot_take_frame_of(struct fmag_depot *depot, unsigned node)
{
	fmag_hpa_t frame = take_from_partial(depot, node);

	return frame != FMAG_HPA_NONE ? frame : take_from_full(depot, node);
}

fmag_hpa_t fmag_depot_take_frame(struct fmag_depot *depot, unsigned node)
{
	fmag_hpa_t frame = FMAG_HPA_NONE;

	for (unsigned i = 0; frame == FMAG_HPA_NONE && i < depot->node_count;
		i++)
		frame = fmag_depot_take_frame_of(depot, after(depot, node, i));
	return frame;
}

/* A magazine's part of a sweep's sum. */
static uint64_t moves_of(uint64_t word, uint64_t stay, bool is_apart)
{
	return is_apart || fmag_stay_is_apart(stay)
		? fmag_magazine_shared_moves(word, stay)
		: fmag_word_moves(word);
}

fmag_hpa_t fmag_depot_sweep(
	struct fmag_depot *depot, bool is_apart, uint64_t *moves)
{
	fmag_hpa_t frame;

	*moves = 0;
	for (unsigned i = 0; i < depot->magazine_count; i++) {
		struct fmag_magazine *magazine = fmag_depot_magazine(depot, i);
		uint64_t stay, word = fmag_magazine_observe(magazine, &stay);

		*moves += moves_of(word, stay, is_apart);
		if (fmag_word_is_local(word) || fmag_word_rounds(word) == 0)
			continue;
		if (fmag_magazine_take(magazine, &frame, 1) == 1)
			return frame;
	}
	return FMAG_HPA_NONE;
}

size_t fmag_depot_count_frames(const struct fmag_depot *depot)
{
	size_t frames = 0;

	for (unsigned i = 0; i < depot->magazine_count; i++)
		frames += fmag_magazine_rounds(fmag_depot_magazine(depot, i));
	return frames;
}
