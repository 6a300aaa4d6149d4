/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena's bitmap.
 *
 * A search begins at its lane's hint, goes once round the bitmap, and claims
 * what it finds. Bits inside one word are claimed by one compare-and-swap. A
 * run over several words is read first, and claimed only if all of it looked
 * free, word by word from low to high; at a word that no longer has its bits,
 * what was claimed is set again (a roll-back).
 *
 * Invariants:
 *   B1  After init a word changes only by an atomic read-modify-write. So the
 *       release of a bit heads a release sequence that every later claim of
 *       that bit reads from.
 *   B2  A bit belongs to whoever changed it from 1 to 0, until that call, or
 *       the caller it was given to, sets it.
 *   B3  A run's words are claimed in ascending order, and only after a read of
 *       the run found every bit free. So a roll-back at word w was caused by
 *       another claim that holds bits of w; that one ends well, or is itself
 *       rolled back at a word above w. Such a chain ends at the last word at
 *       the latest: among calls that run, roll-backs without end mean claims
 *       that succeed without end. This is what makes searches lock-free.
 *   B4  Every bit set after init is counted, in `returns` of the lane of the
 *       call that set it, after it was set and before that call returns or
 *       claims again.
 *   B5  If the sum of `returns` is the same before and after a search round
 *       the bitmap, then no bit was set meanwhile but by calls that have not
 *       returned. Setting these aside, bits only went from 1 to 0; what the
 *       search found used was used still at its end, and "none" is the truth
 *       at that instant. If the sum differs, another call made progress, and
 *       the search is repeated; it never waits for one that does not move.
 *
 * Ordering: each row lists what its partner needs.
 *   release OR     release   the frame's contents, and what its owner did
 *   claim CAS      acquire   partner of that OR (B1)
 *   claim CAS      release   partner of "word load": what its caller knew of
 *                            other calls' returns when it took the bit
 *   word load      acquire   partner of the claim CAS: a search that sees a
 *                            bit taken also sees, in the sum after it, each
 *                            return that came before that claim (B5)
 *   returns add    release   the OR before it (B4)
 *   returns load   acquire   partner of that add: a return that is in the sum
 *                            before a search is seen by the search (B5)
 *   hint           relaxed   advice; any value below `bits` is correct
 */
#include "hosted/arena_bitmap.h"

#include "base/atomic.h"

#define WORD_BITS 64

/* What find_next() looks for: the value of a bit is compared after this xor. */
#define FREE_BITS UINT64_C(0)
#define USED_BITS UINT64_MAX

static size_t word_count(size_t bits)
{
	return (bits - 1) / WORD_BITS + 1;
}

static size_t lanes_size(void)
{
	return FMAG_ARENA_LANES * sizeof(struct fmag_arena_lane);
}

size_t fmag_arena_bitmap_storage_size(size_t bits)
{
	return lanes_size() + word_count(bits) * sizeof(uint64_t);
}

/* The bits of [index, end) that lie in the word of `index`. */
static uint64_t span_mask(size_t index, size_t end)
{
	size_t low = index % WORD_BITS;
	size_t count = end - index;

	if (count >= WORD_BITS - low)
		return UINT64_MAX << low;
	return ((UINT64_C(1) << count) - 1) << low;
}

/* The first bit of the next word, or `end` if that is nearer. */
static size_t span_end(size_t index, size_t end)
{
	size_t next = (index / WORD_BITS + 1) * WORD_BITS;

	return next < end ? next : end;
}

/*
 * The fraction of the bitmap where a lane starts: its number with the bits
 * reversed, so that the first 2, 4, 8 lanes lie as far apart as can be.
 */
static size_t lane_start(size_t words, unsigned lane)
{
	size_t start = 0;

	for (unsigned bit = 1; bit < FMAG_ARENA_LANES; bit <<= 1) {
		words = (words + 1) / 2;
		if (lane & bit)
			start += words;
	}
	return start;
}

void fmag_arena_bitmap_init(struct fmag_arena_bitmap *bitmap, void *storage,
	size_t bits, uint64_t origin)
{
	bitmap->bits = bits;
	bitmap->word_count = word_count(bits);
	bitmap->origin = origin;
	bitmap->lanes = storage;
	bitmap->words = (uint64_t *)(void *)((char *)storage + lanes_size());
	for (size_t index = 0; index < bits; index = span_end(index, bits))
		bitmap->words[index / WORD_BITS] = span_mask(index, bits);
	for (unsigned lane = 0; lane < FMAG_ARENA_LANES; lane++) {
		size_t word = lane_start(bitmap->word_count, lane);

		bitmap->lanes[lane].hint =
			word % bitmap->word_count * WORD_BITS;
	}
}

static struct fmag_arena_lane *lane_of(
	struct fmag_arena_bitmap *bitmap, unsigned cpu)
{
	return &bitmap->lanes[cpu % FMAG_ARENA_LANES];
}

static uint64_t sum_returns(struct fmag_arena_bitmap *bitmap)
{
	uint64_t sum = 0;

	for (unsigned lane = 0; lane < FMAG_ARENA_LANES; lane++)
		sum += fmag_load_acquire(&bitmap->lanes[lane].returns);
	return sum;
}

/* Sets the bits of [index, end) and says whether all of them were 0. */
static bool set_bits(struct fmag_arena_bitmap *bitmap, size_t index, size_t end)
{
	bool were_used = true;

	for (; index < end; index = span_end(index, end)) {
		uint64_t mask = span_mask(index, end);
		uint64_t *word = &bitmap->words[index / WORD_BITS];

		if (fmag_or_release(word, mask) & mask)
			were_used = false;
	}
	return were_used;
}

bool fmag_arena_bitmap_release(struct fmag_arena_bitmap *bitmap, unsigned cpu,
	size_t start, size_t count)
{
	struct fmag_arena_lane *lane = lane_of(bitmap, cpu);
	bool were_used = set_bits(bitmap, start, start + count);

	/* The next claim here finds the memory that is still in this cache. */
	fmag_store_relaxed(&lane->hint, start);
	fmag_add_release(&lane->returns, 1); /* B4 */
	return were_used;
}

/*
 * Up to `limit` of the bits of `value`, the lowest from bit `from` upwards, or
 * the lowest of all where none is there.
 */
static uint64_t pick_bits(uint64_t value, unsigned from, size_t limit)
{
	uint64_t upper = value & (UINT64_MAX << from);
	uint64_t source = upper != 0 ? upper : value;
	uint64_t rest = source;

	if (limit >= WORD_BITS)
		return source;
	for (; limit > 0 && rest != 0; limit--)
		rest &= rest - 1;
	return source ^ rest;
}

/* Claims up to `limit` bits of a word; the bits, 0 if it has none. */
static uint64_t claim_some(uint64_t *word, unsigned from, size_t limit)
{
	uint64_t value = fmag_load_acquire(word);

	while (value != 0) {
		uint64_t mask = pick_bits(value, from, limit);

		if (fmag_cas_acq_rel(word, &value, value & ~mask))
			return mask;
	}
	return 0;
}

/* Claims all bits of `mask` in a word, or none. */
static bool claim_exactly(uint64_t *word, uint64_t mask)
{
	uint64_t value = fmag_load_acquire(word);

	while ((value & mask) == mask) {
		if (fmag_cas_acq_rel(word, &value, value & ~mask))
			return true;
	}
	return false;
}

/* Once round the words, from the hint on. */
static struct fmag_arena_bits search_words(struct fmag_arena_bitmap *bitmap,
	struct fmag_arena_lane *lane, size_t limit)
{
	uint64_t hint = fmag_load_relaxed(&lane->hint);
	size_t word = (size_t)hint / WORD_BITS;
	unsigned from = hint % WORD_BITS;
	struct fmag_arena_bits found = { 0, 0 };

	for (size_t left = bitmap->word_count; left > 0; left--) {
		found.first = word * WORD_BITS;
		found.mask = claim_some(&bitmap->words[word], from, limit);
		if (found.mask != 0)
			break;
		from = 0;
		word = word + 1 < bitmap->word_count ? word + 1 : 0;
	}
	if (found.mask != 0 && word != hint / WORD_BITS)
		fmag_store_relaxed(&lane->hint, found.first);
	return found;
}

/*
 * A search that found nothing is believed only if nothing came back while it
 * ran (B5). Apart, since the sum costs more than most searches.
 */
static FMAG_COLD struct fmag_arena_bits search_words_again(
	struct fmag_arena_bitmap *bitmap, struct fmag_arena_lane *lane,
	size_t limit)
{
	struct fmag_arena_bits found;
	uint64_t before;

	do {
		before = sum_returns(bitmap);
		found = search_words(bitmap, lane, limit);
	} while (found.mask == 0 && sum_returns(bitmap) != before);
	return found;
}

struct fmag_arena_bits fmag_arena_bitmap_claim_bits(
	struct fmag_arena_bitmap *bitmap, unsigned cpu, size_t limit)
{
	struct fmag_arena_lane *lane = lane_of(bitmap, cpu);
	struct fmag_arena_bits found = search_words(bitmap, lane, limit);

	if (fmag_unlikely(found.mask == 0))
		found = search_words_again(bitmap, lane, limit);
	return found;
}

/*
 * The first bit of [index, end) that is not as `flip` says, or `end`: a free
 * one for FREE_BITS, a used one for USED_BITS. Skips a word a step.
 */
static size_t find_next(const struct fmag_arena_bitmap *bitmap, size_t index,
	size_t end, uint64_t flip)
{
	for (; index < end; index = span_end(index, end)) {
		uint64_t value =
			fmag_load_acquire(&bitmap->words[index / WORD_BITS]);

		value = (value ^ flip) & span_mask(index, end);
		if (value != 0)
			return index / WORD_BITS * WORD_BITS +
				(size_t)__builtin_ctzll(value);
	}
	return end;
}

/* The first index from `index` on whose granule number `align` divides. */
static uint64_t align_up(
	const struct fmag_arena_bitmap *bitmap, size_t index, uint64_t align)
{
	uint64_t granule = bitmap->origin + index;

	return ((granule + align - 1) & ~(align - 1)) - bitmap->origin;
}

/*
 * Claims [start, end); `end`, or the first bit of the word where it failed, and
 * then nothing is claimed. No run that starts between `start` and that word
 * can be had either: it would reach past `end`, over the bit in the way.
 */
static size_t claim_run(struct fmag_arena_bitmap *bitmap,
	struct fmag_arena_lane *lane, size_t start, size_t end)
{
	size_t index = start;

	while (index < end) {
		uint64_t mask = span_mask(index, end);

		if (!claim_exactly(&bitmap->words[index / WORD_BITS], mask))
			break;
		index = span_end(index, end);
	}
	if (index < end && index > start) {
		set_bits(bitmap, start, index);
		fmag_add_release(&lane->returns, 1); /* B4 */
	}
	return index;
}

/* Finds and claims a run that lies in [index, end). */
static size_t search_span(struct fmag_arena_bitmap *bitmap,
	struct fmag_arena_lane *lane, size_t index, size_t end, size_t count,
	uint64_t align)
{
	for (;;) {
		uint64_t start = align_up(bitmap,
			find_next(bitmap, index, end, FREE_BITS), align);
		size_t stop;

		if (start > end || end - start < count)
			return FMAG_ARENA_BITMAP_NONE;
		stop = (size_t)start + count;
		index = find_next(bitmap, (size_t)start, stop, USED_BITS);
		if (index == stop)
			index = claim_run(bitmap, lane, (size_t)start, stop);
		if (index == stop)
			return (size_t)start;
	}
}

/* Once round the bitmap, from the hint on, and over it again for the runs that
 * begin before it. */
static size_t search_runs(struct fmag_arena_bitmap *bitmap,
	struct fmag_arena_lane *lane, size_t count, uint64_t align)
{
	size_t bits = bitmap->bits;
	size_t hint = (size_t)fmag_load_relaxed(&lane->hint);
	size_t lap = bits - hint < count ? bits : hint + count - 1;
	size_t start = search_span(bitmap, lane, hint, bits, count, align);

	if (start == FMAG_ARENA_BITMAP_NONE)
		start = search_span(bitmap, lane, 0, lap, count, align);
	if (start != FMAG_ARENA_BITMAP_NONE) {
		size_t next = start + count;

		fmag_store_relaxed(&lane->hint, next < bits ? next : 0);
	}
	return start;
}

/* As search_words_again(). */
static FMAG_COLD size_t search_runs_again(struct fmag_arena_bitmap *bitmap,
	struct fmag_arena_lane *lane, size_t count, uint64_t align)
{
	uint64_t before;
	size_t start;

	do {
		before = sum_returns(bitmap);
		start = search_runs(bitmap, lane, count, align);
	} while (start == FMAG_ARENA_BITMAP_NONE &&
		sum_returns(bitmap) != before);
	return start;
}

static size_t claim_aligned(struct fmag_arena_bitmap *bitmap,
	struct fmag_arena_lane *lane, size_t count, uint64_t align)
{
	size_t start;

	if (count == 0 || count > bitmap->bits)
		return FMAG_ARENA_BITMAP_NONE;
	start = search_runs(bitmap, lane, count, align);
	if (fmag_unlikely(start == FMAG_ARENA_BITMAP_NONE))
		start = search_runs_again(bitmap, lane, count, align);
	return start;
}

size_t fmag_arena_bitmap_claim(struct fmag_arena_bitmap *bitmap, unsigned cpu,
	size_t count, uint64_t align)
{
	struct fmag_arena_bits found;

	if (count != 1 || align != 1)
		return claim_aligned(
			bitmap, lane_of(bitmap, cpu), count, align);
	found = fmag_arena_bitmap_claim_bits(bitmap, cpu, 1);
	if (found.mask == 0)
		return FMAG_ARENA_BITMAP_NONE;
	return found.first + (size_t)__builtin_ctzll(found.mask);
}

size_t fmag_arena_bitmap_free_count(const struct fmag_arena_bitmap *bitmap)
{
	size_t count = 0;

	for (size_t word = 0; word < bitmap->word_count; word++) {
		uint64_t value = fmag_load_relaxed(&bitmap->words[word]);

		count += (size_t)__builtin_popcountll(value);
	}
	return count;
}
