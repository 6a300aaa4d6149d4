/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A magazine: a fixed array of frames, and one word that says how many.
 *
 * A magazine is in one of two modes:
 *
 *	             enter_slot (its holder)
 *	        ------------------------------->
 *	 SHARED                                  LOCAL
 *	        <-------------------------------
 *	             leave_slot (its holder)
 *
 * LOCAL: it is the one that a CPU works from. Only whoever the slot's front
 * lets at it writes it, with plain (relaxed) loads and stores: the hit path.
 * Anyone may read its word. Each time that it is LOCAL is a stay, which has a
 * number and is meant for one CPU's slot.
 * SHARED: it lies in the depot, or is a CPU's `previous`, or in the hands of
 * one thread, its holder. Only the holder adds frames; anyone may take one, at
 * any time and from any magazine of the table, so that a holder stopped for
 * ever withholds none of them (G3, G4).
 *
 * Invariants:
 *   M1 frames[0 .. rounds) are this magazine's, and no one else's (G2). None
 *      of them is NONE.
 *   M2 In SHARED mode the word changes only by a compare-and-swap that raises
 *      `moves`, into LOCAL mode and out of it too. So a swap from {moves,
 *      rounds} succeeds only if frames[] was not touched since that value was
 *      read.
 *   M3 `moves` never falls. Every way for a frame into a magazine, or out of
 *      a SHARED one, and for a magazine into or out of SHARED, raises it. Two
 *      equal sums of it over all magazines, read one after the other, prove that
 *      each of them is as it was, but for what its CPU popped (G4). So does
 *      fmag_magazine_shared_moves() without what LOCAL mode adds: for magazines
 *      whose CPU is not to be looked at.
 *   M4 A magazine with 0 rounds in the depot's empty stack keeps 0 until its
 *      next holder adds to it: takers only remove.
 *   M5 In LOCAL mode a push raises `moves`, with the store that adds the frame;
 *      a pop does not.
 *   M6 In LOCAL mode `link` is NULL, which is no frame: frames[-1] may be read.
 *   M7 `stay` is written before LOCAL mode begins, and not while it lasts but
 *      for FMAG_STAY_OVER, which is never taken back: no slot takes a magazine
 *      whose stay is over.
 * Of the 2^47 moves LOCAL mode takes 2^16 each time it begins, so that its pushes
 * have room between the counts of two stays. At 10^7 times a second for one
 * magazine they last three minutes; a swap is fooled only by a taker that sleeps
 * through exactly a multiple, to the move.
 *
 * Ordering: each row lists what its partner needs.
 *   word CAS of add     acq_rel   release: frames[] written before it, and the
 *                                 freeing caller's last use of the frames;
 *                                 acquire: partner of take's CAS
 *   word load of take   acquire   partner of add: before the read of frames[]
 *   word CAS of take    acq_rel   release: keeps the read of frames[] before
 *                                 it, for the holder that writes there next;
 *                                 acquire: the freed frame's last use
 *   word CAS leave_slot acq_rel   release: partner of take's load: the local
 *                                 stores to frames[] before it; acquire: of
 *                                 whoever made it SHARED first, then takers
 *   word load leave_slot acquire  of whoever made it SHARED first
 *   word load, touched  acquire   partner of touch's CAS: before the look at
 *                                 what the toucher wrote before it
 *   word CAS of touch   acq_rel   release: what the toucher wrote before it;
 *                                 acquire: as take's
 *   word CAS enter_slot acq_rel   acquire: partner of take's CAS: before local
 *                                 stores; release: the stay before it
 *   frames[]            relaxed   atomic only since a take that will fail may
 *                                 read while the next holder writes
 *   word, LOCAL mode    relaxed   the front orders its users
 *   limit               relaxed   a hint, written by the holder before
 *                                 enter_slot
 *   stay                relaxed   store, before the CAS of enter_slot, which
 *                                 releases it; acquire: load before the word's
 *   stay, over          relaxed   the barriers that follow order it against
 *                                 the sections that look (front/rseq.c)
 */
#ifndef FMAG_MAGAZINE_MAGAZINE_H
#define FMAG_MAGAZINE_MAGAZINE_H

#include <stdbool.h>

#include <ck_stack.h>

#include <fmag/cache.h>
#include <fmag/types.h>

#include "base/atomic.h"
#include "base/compiler.h"

struct fmag_magazine {
	uint64_t word; /* {moves:47, local:1, rounds:16}; M1 to M5 */
	/* Rounds it is filled to in LOCAL mode; its capacity or less. */
	uint32_t limit;
	uint32_t cleaned; /* cache/evacuate.c: the last time that it was */
	uint64_t stay; /* {number:32, over:1, apart:1, CPU:30}: the last; M7 */
	ck_stack_entry_t link; /* the depot's, while it is on a stack; M6 */
	fmag_hpa_t frames[];
};

_Static_assert(sizeof(struct fmag_magazine) == FMAG_MAGAZINE_HEAD_SIZE_,
	"FMAG_CACHE_STORAGE_SIZE counts the magazine's head");

/* The word: transitions of a value, without memory. */

#define FMAG_WORD_ROUNDS ((uint64_t)0xffff)
#define FMAG_WORD_LOCAL  ((uint64_t)1 << 16)
#define FMAG_WORD_MOVE   ((uint64_t)1 << 17)

static inline size_t fmag_word_rounds(uint64_t word)
{
	return (size_t)(word & FMAG_WORD_ROUNDS);
}

static inline bool fmag_word_is_local(uint64_t word)
{
	return (word & FMAG_WORD_LOCAL) != 0;
}

static inline uint64_t fmag_word_moves(uint64_t word)
{
	return word / FMAG_WORD_MOVE;
}

/* LOCAL mode begins at a multiple of this many moves. */
#define FMAG_WORD_PERIOD ((uint64_t)1 << 16)

static inline uint64_t fmag_word_added(uint64_t word, size_t count)
{
	return word + FMAG_WORD_MOVE + count;
}

static inline uint64_t fmag_word_taken(uint64_t word, size_t count)
{
	return word + FMAG_WORD_MOVE - count;
}

static inline uint64_t fmag_word_entered(uint64_t word)
{
	uint64_t moves = (fmag_word_moves(word) | (FMAG_WORD_PERIOD - 1)) + 1;

	return moves * FMAG_WORD_MOVE | FMAG_WORD_LOCAL |
		fmag_word_rounds(word);
}

static inline uint64_t fmag_word_left(uint64_t word)
{
	return (word & ~FMAG_WORD_LOCAL) + FMAG_WORD_MOVE;
}

/* Stays. */

/* No slot takes the magazine during this stay. */
#define FMAG_STAY_OVER  ((uint64_t)1 << 31)
/* Its frames are out of every other CPU's reach. */
#define FMAG_STAY_APART ((uint64_t)1 << 30)

/*
 * The stay that begins with `word`, in `cpu`'s slot: no other one of this
 * magazine has its number.
 */
static inline uint64_t fmag_stay(uint64_t word, unsigned cpu, bool is_apart)
{
	return fmag_word_moves(word) / FMAG_WORD_PERIOD << 32 |
		(is_apart ? FMAG_STAY_APART : 0) | cpu;
}

static inline unsigned fmag_stay_cpu(uint64_t stay)
{
	return (unsigned)(stay & (FMAG_STAY_APART - 1));
}

static inline bool fmag_stay_is_apart(uint64_t stay)
{
	return (stay & FMAG_STAY_APART) != 0;
}

/* Whether two are the same one, over or not. */
static inline bool fmag_stay_is(uint64_t stay, uint64_t other)
{
	return ((stay ^ other) & ~FMAG_STAY_OVER) == 0;
}

/* Either mode; in SHARED mode a hint, unless the caller is the holder. */

static inline size_t fmag_magazine_rounds(const struct fmag_magazine *magazine)
{
	return fmag_word_rounds(fmag_load_relaxed(&magazine->word));
}

/* The frame on top, the warmest; `rounds` is 0 only in LOCAL mode (M6). */
static inline fmag_hpa_t fmag_magazine_top(
	const struct fmag_magazine *magazine, size_t rounds)
{
	typedef fmag_hpa_t __attribute__((may_alias)) frame_or_link;
	const frame_or_link *end =
		(const frame_or_link *)(const void *)(magazine + 1);

	return fmag_load_relaxed(&end[(ptrdiff_t)rounds - 1]);
}

/*
 * Asks for the lines of the top `count` frames, or of as many places above them,
 * which another CPU wrote last: all at once, since one by one each keeps an
 * operation waiting.
 */
static inline void fmag_magazine_fetch_top(
	const struct fmag_magazine *magazine, size_t count)
{
	size_t rounds = fmag_magazine_rounds(magazine);
	size_t least = rounds > count ? rounds - count : 0;

	for (size_t i = rounds; i > least; i -= i < 8 ? i : 8)
		__builtin_prefetch(&magazine->frames[i - 1], 0);
}

static inline void fmag_magazine_fetch_room(
	const struct fmag_magazine *magazine, size_t count)
{
	size_t rounds = fmag_magazine_rounds(magazine);

	for (size_t i = 0; i < count; i += 8)
		__builtin_prefetch(&magazine->frames[rounds + i], 1);
}

/* LOCAL mode: only under the slot's front. */

static inline bool fmag_magazine_is_on_top(
	const struct fmag_magazine *magazine, fmag_hpa_t frame)
{
	size_t rounds = fmag_magazine_rounds(magazine);

	return fmag_magazine_top(magazine, rounds) == frame;
}

/* Takes the top frame; FMAG_HPA_NONE where there is none. */
static inline fmag_hpa_t fmag_magazine_pop(struct fmag_magazine *magazine)
{
	uint64_t word = fmag_load_relaxed(&magazine->word);
	size_t rounds = fmag_word_rounds(word);
	fmag_hpa_t frame;

	if (rounds == 0)
		return FMAG_HPA_NONE;
	frame = fmag_magazine_top(magazine, rounds);
	fmag_assume(frame != FMAG_HPA_NONE);
	fmag_store_relaxed(&magazine->word, word - 1);
	return frame;
}

/* As below, where the word was just read. */
static inline bool fmag_magazine_push_onto(
	struct fmag_magazine *magazine, uint64_t word, fmag_hpa_t frame)
{
	size_t rounds = fmag_word_rounds(word);

	if (fmag_unlikely(rounds >= fmag_load_relaxed(&magazine->limit)))
		return false;
	fmag_store_relaxed(&magazine->frames[rounds], frame);
	fmag_store_relaxed(&magazine->word, fmag_word_added(word, 1));
	return true;
}

/* Puts a frame on top; false where the magazine is filled to its limit. */
static inline bool fmag_magazine_push(
	struct fmag_magazine *magazine, fmag_hpa_t frame)
{
	return fmag_magazine_push_onto(
		magazine, fmag_load_relaxed(&magazine->word), frame);
}

/* As pop, up to `count` frames off the top, as they lie; how many. */
size_t fmag_magazine_pop_many(
	struct fmag_magazine *magazine, fmag_hpa_t *frames, size_t count);

/* As push, up to `count` frames; how many. */
size_t fmag_magazine_push_many(
	struct fmag_magazine *magazine, const fmag_hpa_t *frames, size_t count);

/*
 * Ends LOCAL mode, if another thread has not done so already; the magazine is
 * the caller's to hold.
 */
void fmag_magazine_leave_slot(struct fmag_magazine *magazine);

/*
 * For the rseq front: by anyone who knows that no section writes the magazine,
 * which was LOCAL in this stay. False: it has been SHARED since.
 */
bool fmag_magazine_leave_slot_since(
	struct fmag_magazine *magazine, uint64_t stay);

/*
 * Likewise, but it stays LOCAL: no slot takes it from now on. False: this stay
 * is not its last any more.
 */
bool fmag_magazine_end_stay(struct fmag_magazine *magazine, uint64_t stay);

/*
 * The word, and the stay that it is LOCAL in, if it is. One instant's: the stay
 * is written before LOCAL mode begins, while it does not last.
 */
static inline uint64_t fmag_magazine_observe(
	const struct fmag_magazine *magazine, uint64_t *stay)
{
	uint64_t word = fmag_load_acquire(&magazine->word);

	*stay = 0;
	if (!fmag_word_is_local(word))
		return word;
	do {
		*stay = fmag_load_acquire(&magazine->stay);
		word = fmag_load_acquire(&magazine->word);
	} while (fmag_word_is_local(word) &&
		!fmag_stay_is(fmag_load_relaxed(&magazine->stay), *stay));
	return word;
}

/* Of what was observed: the moves without those of LOCAL mode (M3). */
static inline uint64_t fmag_magazine_shared_moves(uint64_t word, uint64_t stay)
{
	return fmag_word_is_local(word) ? (stay >> 32) * FMAG_WORD_PERIOD
					: fmag_word_moves(word);
}

/* SHARED mode. */

/*
 * Takes up to `count` frames off the top, of any magazine, by anyone, at any
 * time. Returns how many: 0 for an empty magazine, and for a LOCAL one.
 */
size_t fmag_magazine_take(
	struct fmag_magazine *magazine, fmag_hpa_t *frames, size_t count);

/*
 * Likewise one or more, if the word is `*word` still, a SHARED one with rounds
 * that was read with acquire; otherwise 0, and *word is read again.
 */
size_t fmag_magazine_take_from(struct fmag_magazine *magazine, uint64_t *word,
	fmag_hpa_t *frames, size_t count);

/* Only its holder: adds up to `count` frames that fit; how many. */
size_t fmag_magazine_add(struct fmag_magazine *magazine, size_t capacity,
	const fmag_hpa_t *frames, size_t count);

/*
 * Likewise, if the word is `*word` still, which was read with acquire; otherwise
 * 0, and *word is read again.
 */
size_t fmag_magazine_add_to(struct fmag_magazine *magazine, size_t capacity,
	uint64_t *word, const fmag_hpa_t *frames, size_t count);

/*
 * By anyone: a move that moves nothing, so that an add or an enter_slot that is
 * under way begins again. False where the word is not `word`, a SHARED one, any
 * more.
 */
bool fmag_magazine_touch(struct fmag_magazine *magazine, uint64_t word);

/*
 * Only its holder, which puts it into `cpu`'s slot next, where it is to be filled
 * to `limit`, or not at all if *no_room is not 0 after its last move: begins
 * LOCAL mode. Its stay.
 */
uint64_t fmag_magazine_enter_slot(struct fmag_magazine *magazine, size_t limit,
	const uint32_t *no_room, unsigned cpu, bool is_apart);

#endif
