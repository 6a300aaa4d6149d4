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

void fmag_depot_init(struct fmag_depot *depot, void *table, unsigned count,
	unsigned capacity, unsigned enough, unsigned spares)
{
	fmag_stack_init(&depot->full);
	fmag_stack_init(&depot->partial);
	fmag_stack_init(&depot->empty);
	fmag_stack_init(&depot->spare);
	depot->spares_owed = 0;
	depot->table = table;
	depot->magazine_size = FMAG_MAGAZINE_SIZE_(capacity);
	depot->magazine_count = count;
	depot->capacity = capacity;
	depot->enough = enough;
	for (unsigned i = 0; i < count; i++) {
		struct fmag_magazine *magazine = fmag_depot_magazine(depot, i);

		magazine->word = 0;
		magazine->limit = 0;
		magazine->stay = 0;
		magazine->cleaned = 0;
		fmag_stack_push(
			i < spares ? &depot->spare : &depot->empty, magazine);
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

static struct fmag_magazine *pop_full(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine = fmag_stack_pop(&depot->full);

	if (magazine != NULL)
		fmag_level_fall(
			&depot->full.level, fmag_magazine_rounds(magazine));
	return magazine;
}

/* Its frames come and go while it lies there: not counted. */
static struct fmag_magazine *pop_partial(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine = fmag_stack_pop(&depot->partial);

	if (magazine != NULL)
		fmag_level_fall(&depot->partial.level, 0);
	return magazine;
}

void fmag_depot_put(struct fmag_depot *depot, struct fmag_magazine *magazine)
{
	size_t rounds = fmag_magazine_rounds(magazine);

	if (rounds == 0 && repay_spare(depot))
		fmag_stack_push(&depot->spare, magazine);
	else if (rounds == 0)
		fmag_stack_push(&depot->empty, magazine);
	else if (rounds >= depot->enough)
		push_counted(&depot->full, magazine, rounds);
	else
		push_counted(&depot->partial, magazine, 0);
}

struct fmag_magazine *fmag_depot_get_frames(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine = pop_full(depot);

	return magazine != NULL ? magazine : pop_partial(depot);
}

struct fmag_magazine *fmag_depot_get_room(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine = fmag_stack_pop(&depot->empty);

	return magazine != NULL ? magazine : pop_partial(depot);
}

struct fmag_magazine *fmag_depot_get_top_up(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine = pop_partial(depot);

	return magazine != NULL ? magazine : fmag_stack_pop(&depot->empty);
}

struct fmag_magazine *fmag_depot_get_full(struct fmag_depot *depot)
{
	return pop_full(depot);
}

struct fmag_magazine *fmag_depot_get_partial(struct fmag_depot *depot)
{
	return pop_partial(depot);
}

bool fmag_depot_has_room(struct fmag_depot *depot)
{
	return fmag_stack_peek(&depot->empty) != NULL ||
		fmag_stack_peek(&depot->partial) != NULL;
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
static fmag_hpa_t take_from_partial(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine;
	fmag_hpa_t frame;

	while ((magazine = fmag_stack_peek(&depot->partial)) != NULL) {
		if (fmag_magazine_take(magazine, &frame, 1) == 1)
			return frame;
		magazine = pop_partial(depot);
		if (magazine != NULL)
			fmag_depot_put(depot, magazine);
	}
	return FMAG_HPA_NONE;
}

/*
 * Not in place: a magazine with a frame less belongs on `partial`, where its
 * room is found.
 */
static fmag_hpa_t take_from_full(struct fmag_depot *depot)
{
	struct fmag_magazine *magazine;
	fmag_hpa_t frame;
	size_t taken;

	while ((magazine = pop_full(depot)) != NULL) {
		taken = fmag_magazine_take(magazine, &frame, 1);
		fmag_depot_put(depot, magazine);
		if (taken == 1)
			return frame;
	}
	return FMAG_HPA_NONE;
}

fmag_hpa_t fmag_depot_take_frame(struct fmag_depot *depot)
{
	fmag_hpa_t frame = take_from_partial(depot);

	return frame != FMAG_HPA_NONE ? frame : take_from_full(depot);
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
