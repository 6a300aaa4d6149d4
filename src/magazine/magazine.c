/* SPDX-License-Identifier: BSD-2-Clause */
#include "magazine/magazine.h"

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The `count` frames under `rounds`, as they lie. */
static void read_top(const struct fmag_magazine *magazine, size_t rounds,
	fmag_hpa_t *frames, size_t count)
{
	fmag_copy_relaxed(frames, &magazine->frames[rounds - count], count);
}

static void write_top(struct fmag_magazine *magazine, size_t rounds,
	const fmag_hpa_t *frames, size_t count)
{
	fmag_copy_relaxed(&magazine->frames[rounds], frames, count);
}

size_t fmag_magazine_pop_many(
	struct fmag_magazine *magazine, fmag_hpa_t *frames, size_t count)
{
	uint64_t word = fmag_load_relaxed(&magazine->word);
	size_t rounds = fmag_word_rounds(word);

	count = min_size(count, rounds);
	read_top(magazine, rounds, frames, count);
	fmag_store_relaxed(&magazine->word, word - count);
	return count;
}

size_t fmag_magazine_push_many(
	struct fmag_magazine *magazine, const fmag_hpa_t *frames, size_t count)
{
	uint64_t word = fmag_load_relaxed(&magazine->word);
	size_t limit = fmag_load_relaxed(&magazine->limit);
	size_t rounds = fmag_word_rounds(word);

	if (rounds >= limit || count == 0)
		return 0;
	count = min_size(count, limit - rounds);
	write_top(magazine, rounds, frames, count);
	fmag_store_relaxed(&magazine->word, fmag_word_added(word, count));
	return count;
}

void fmag_magazine_leave_slot(struct fmag_magazine *magazine)
{
	uint64_t word = fmag_load_acquire(&magazine->word);

	while (fmag_word_is_local(word) &&
		!fmag_cas_acq_rel(&magazine->word, &word, fmag_word_left(word)))
		;
}

bool fmag_magazine_leave_slot_since(
	struct fmag_magazine *magazine, uint64_t stay)
{
	uint64_t word = fmag_load_acquire(&magazine->word);

	do {
		if (!fmag_word_is_local(word) ||
			!fmag_stay_is(fmag_load_relaxed(&magazine->stay), stay))
			return false;
	} while (!fmag_cas_acq_rel(
		&magazine->word, &word, fmag_word_left(word)));
	return true;
}

bool fmag_magazine_end_stay(struct fmag_magazine *magazine, uint64_t stay)
{
	uint64_t found = stay & ~FMAG_STAY_OVER;

	return fmag_cas_relaxed(
		       &magazine->stay, &found, stay | FMAG_STAY_OVER) ||
		found == (stay | FMAG_STAY_OVER);
}

size_t fmag_magazine_take_from(struct fmag_magazine *magazine, uint64_t *word,
	fmag_hpa_t *frames, size_t count)
{
	size_t rounds = fmag_word_rounds(*word);

	count = min_size(count, rounds);
	read_top(magazine, rounds, frames, count);
	return fmag_cas_acq_rel(
		       &magazine->word, word, fmag_word_taken(*word, count))
		? count
		: 0;
}

size_t fmag_magazine_take(
	struct fmag_magazine *magazine, fmag_hpa_t *frames, size_t count)
{
	uint64_t word = fmag_load_acquire(&magazine->word);
	size_t taken;

	do {
		if (fmag_word_is_local(word))
			return 0;
		taken = min_size(count, fmag_word_rounds(word));
		if (taken == 0)
			return 0;
		read_top(magazine, fmag_word_rounds(word), frames, taken);
	} while (!fmag_cas_acq_rel(
		&magazine->word, &word, fmag_word_taken(word, taken)));
	return taken;
}

size_t fmag_magazine_add_to(struct fmag_magazine *magazine, size_t capacity,
	uint64_t *word, const fmag_hpa_t *frames, size_t count)
{
	size_t rounds = fmag_word_rounds(*word);

	count = min_size(count, capacity - rounds);
	write_top(magazine, rounds, frames, count);
	return fmag_cas_acq_rel(
		       &magazine->word, word, fmag_word_added(*word, count))
		? count
		: 0;
}

size_t fmag_magazine_add(struct fmag_magazine *magazine, size_t capacity,
	const fmag_hpa_t *frames, size_t count)
{
	uint64_t word = fmag_load_acquire(&magazine->word);
	size_t added = 0;

	count = min_size(count, capacity - fmag_word_rounds(word));
	while (added < count)
		added = fmag_magazine_add_to(
			magazine, capacity, &word, frames, count);
	return added;
}

bool fmag_magazine_touch(struct fmag_magazine *magazine, uint64_t word)
{
	return fmag_cas_acq_rel(&magazine->word, &word, word + FMAG_WORD_MOVE);
}

uint64_t fmag_magazine_enter_slot(struct fmag_magazine *magazine, size_t limit,
	const uint32_t *no_room, unsigned cpu, bool is_apart)
{
	uint64_t word = fmag_load_acquire(&magazine->word), stay;

	ck_pr_store_ptr(&magazine->link.next, NULL);
	do {
		fmag_store_relaxed(&magazine->limit,
			fmag_load_relaxed(no_room) == 0 ? (uint32_t)limit : 0);
		stay = fmag_stay(fmag_word_entered(word), cpu, is_apart);
		fmag_store_relaxed(&magazine->stay, stay);
	} while (!fmag_cas_acq_rel(
		&magazine->word, &word, fmag_word_entered(word)));
	return stay;
}
