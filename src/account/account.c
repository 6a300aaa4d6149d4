/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An account is its limit in credits, each of which is charged, or in the hands of
 * a call, or lies in one of the words:
 *
 *	 shared     what no CPU has
 *	   |  ^     a batch at a time, less where there is less; the half of a CPU's
 *	   v  |
 *	 a CPU's    on a line of its own
 *	   |  ^     one at an alloc, one at a free
 *	   v  |
 *	 charged    the frames that the VM has
 *
 * Invariants:
 *   A1 limit = credits of all words + those in the hands of calls + charged.
 *      So what is charged never passes the limit. What set_limit has in its
 *      hands is, of the higher one, what the two limits differ by.
 *   A2 A frame is charged before it is allocated, and freed before its credit
 *      comes back: the VM never has more frames than are charged.
 *   A3 A word's moves rise with each add (account/word.h).
 *
 * A refusal comes after two sweeps over all words, the shared one too, that left
 * each of them without credits, with equal sums of moves. Moves only grow, so each
 * word's were equal: from the instant at which the first sweep left it to that at
 * which the second one came by, none came into it. Every instant after the first
 * sweep and before the second lies in there for all words: no word had a credit,
 * so every one of the limit was charged or in the hands of a call (A1). A sweep
 * is repeated only where another call's credits moved (G3).
 *
 * Stopped for ever, a call keeps the credits in its hands: what it was for, and
 * between two words a batch, of a refill, which is none near the limit, or of a
 * spill.
 *
 * Ordering:
 *   words add     release   the frame was freed before its credit is found
 *   words take    acquire   partner of add: before the alloc, which finds that
 *                           frame, or what became of it
 *   words load    acquire   of a sweep, and of what compares words: one comes
 *                           after the other
 *   limit CAS     acq_rel   release: raised before the shared word has its
 *                           credits; acquire: of another's change of it
 *   limit load    acquire   partner of that CAS, in the middle of two equal looks
 *                           at the words
 *   limit load    relaxed   of a charge: any instant's inside the call will do;
 *                           of a free: a hint
 */
#include <fmag/account.h>
#include <fmag/detail/check.h>

#include "account/word.h"
#include "base/bits.h"
#include "base/compiler.h"
#include "cache/cache.h"

/* Of a CPU: above that many, half of them go back. */
#define KEPT (2 * FMAG_ACCOUNT_BATCH)

/* A CPU takes a batch only while there is this many times one for each. */
#define PLENTY 4u

struct line {
	uint64_t word __attribute__((aligned(FMAG_LINE_PAIR)));
};

struct fmag_account {
	/* Read only after init. */
	struct fmag_cache *cache;
	unsigned cpu_count;

	uint64_t limit; /* changes seldom */

	struct line lines[]; /* the CPUs', and the shared one */
};

_Static_assert(sizeof(struct fmag_account) == FMAG_ACCOUNT_ALIGN &&
		sizeof(struct line) == FMAG_ACCOUNT_ALIGN,
	"FMAG_ACCOUNT_STORAGE_SIZE counts lines");

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t *shared_word(struct fmag_account *account)
{
	return &account->lines[account->cpu_count].word;
}

/* The caller's CPU's; those that have none share one. */
static unsigned own(const struct fmag_account *account)
{
	unsigned cpu = fmag_front_cpu(&account->cache->front);

	return fmag_likely(cpu < account->cpu_count) ? cpu
						     : cpu % account->cpu_count;
}

static uint64_t *own_word(struct fmag_account *account)
{
	return &account->lines[own(account)].word;
}

enum fmag_status fmag_account_init(struct fmag_account **account, void *storage,
	size_t size, struct fmag_cache *cache, uint64_t limit)
{
	struct fmag_account *made = storage;

	if (account == NULL)
		return FMAG_ERR_INVALID;
	*account = NULL;
	if (cache == NULL || storage == NULL || limit > FMAG_ACCOUNT_MAX_LIMIT)
		return FMAG_ERR_INVALID;
	if (!fmag_is_aligned((uintptr_t)storage, FMAG_ACCOUNT_ALIGN) ||
		size < FMAG_ACCOUNT_STORAGE_SIZE(cache->front.hot.cpu_count))
		return FMAG_ERR_INVALID;
	made->cache = cache;
	made->cpu_count = cache->front.hot.cpu_count;
	made->limit = limit;
	for (unsigned i = 0; i < made->cpu_count; i++)
		made->lines[i].word = 0;
	*shared_word(made) = limit;
	*account = made;
	return FMAG_OK;
}

/* All words'; one after the other. */
static uint64_t count_credits(const struct fmag_account *account)
{
	uint64_t credits = 0;

	for (unsigned i = 0; i <= account->cpu_count; i++)
		credits += fmag_credits(
			fmag_load_acquire(&account->lines[i].word));
	return credits;
}

/* The limit last: a raise has not come to the words before. */
uint64_t fmag_account_used(const struct fmag_account *account)
{
	uint64_t credits = count_credits(account);
	uint64_t limit = fmag_load_acquire(&account->limit);

	return limit > credits ? limit - credits : 0;
}

static FMAG_COLD void fault_not_charged(struct fmag_account *account)
{
	fmag_cache_fault(account->cache, FMAG_FAULT_NOT_CHARGED, FMAG_HPA_NONE);
}

uint64_t fmag_account_fini(struct fmag_account *account)
{
	if (count_credits(account) > fmag_load_acquire(&account->limit))
		fault_not_charged(account);
	return fmag_account_used(account);
}

/* Credits on their way to the VM. */

/* What a CPU gets besides what is wanted, of so many. */
static uint64_t batch_of(const struct fmag_account *account, uint64_t credits)
{
	return lesser(
		FMAG_ACCOUNT_BATCH, credits / (PLENTY * account->cpu_count));
}

/* What is wanted, or as much as there is; the CPU gets a batch besides. */
static uint64_t refill(
	struct fmag_account *account, uint64_t *to, uint64_t wanted)
{
	uint64_t *shared = shared_word(account);
	uint64_t word = fmag_load_acquire(shared), taken;

	do {
		uint64_t credits = fmag_credits(word);

		taken = lesser(wanted, credits);
		taken += lesser(batch_of(account, credits), credits - taken);
		if (taken == 0)
			return 0;
	} while (!fmag_cas_acquire(shared, &word, word - taken));
	if (taken > wanted)
		fmag_credits_add(to, taken - wanted);
	return lesser(taken, wanted);
}

/*
 * Up to `count` of all words, the next CPU's first, so that not all take from the
 * same one. Where it is fewer, each word was left without any; *moves is the sum
 * of what they were then.
 */
static uint64_t sweep(
	struct fmag_account *account, uint64_t count, uint64_t *moves)
{
	unsigned words = account->cpu_count + 1, first = own(account) + 1;
	uint64_t taken = 0, seen;

	*moves = 0;
	for (unsigned i = 0; i < words && taken < count; i++) {
		uint64_t *word = &account->lines[(first + i) % words].word;

		taken += fmag_credits_take(word, count - taken, &seen);
		*moves += fmag_credits_moves(seen);
	}
	return taken;
}

/* Up to `count`; fewer: there was an instant at which no word had any. */
static FMAG_COLD uint64_t collect(struct fmag_account *account, uint64_t count)
{
	uint64_t before, after, taken;

	taken = sweep(account, count, &after);
	do {
		before = after;
		if (taken < count)
			taken += sweep(account, count - taken, &after);
	} while (taken < count && after != before);
	return taken;
}

/* Likewise: from where they are nearest. */
static uint64_t gather(struct fmag_account *account, uint64_t count)
{
	uint64_t *word = own_word(account);
	uint64_t seen, taken = fmag_credits_take(word, count, &seen);

	if (fmag_unlikely(taken < count))
		taken += refill(account, word, count - taken);
	if (fmag_unlikely(taken < count))
		taken += collect(account, count - taken);
	return taken;
}

/* And on their way back. */

/* To whatever CPU wants them. */
static void give(struct fmag_account *account, uint64_t count)
{
	if (count > 0)
		fmag_credits_add(shared_word(account), count);
}

/*
 * By how much the two have more than the limit, at one instant: no word comes back
 * to what it was (A3), so both were as they are when the limit was read.
 */
static uint64_t surplus(struct fmag_account *account, const uint64_t *word,
	uint64_t *mine, uint64_t *theirs)
{
	const uint64_t *shared = shared_word(account);
	uint64_t limit, both;

	*mine = fmag_load_acquire(word);
	*theirs = fmag_load_acquire(shared);
	limit = fmag_load_acquire(&account->limit);
	both = fmag_credits(*mine) + fmag_credits(*theirs);
	if (fmag_likely(both <= limit) || fmag_load_acquire(word) != *mine ||
		fmag_load_acquire(shared) != *theirs)
		return 0;
	return both - limit;
}

/*
 * Of the shared word, and of the other one where that has none: only if it is as
 * it was compared, so that of several who see the same surplus one takes it.
 */
static bool take_surplus(struct fmag_account *account, uint64_t *word,
	uint64_t mine, uint64_t theirs, uint64_t more)
{
	uint64_t *from = word, *shared = shared_word(account), seen = mine;

	if (fmag_credits(theirs) > 0) {
		from = shared;
		seen = theirs;
	}
	return fmag_cas_acquire(
		from, &seen, seen - lesser(more, fmag_credits(seen)));
}

/*
 * More was given back than had been charged, for certain: it is taken out again.
 * Looked for where it costs nobody's hit: when a CPU's word was empty, or is
 * spilled, or has more than there can be.
 */
static void check_charge(struct fmag_account *account, uint64_t *word)
{
	uint64_t mine, theirs, more;
	bool took = false;

	while (fmag_unlikely(
		(more = surplus(account, word, &mine, &theirs)) > 0))
		took |= take_surplus(account, word, mine, theirs, more);
	if (fmag_unlikely(took))
		fault_not_charged(account);
}

/* Half of what a CPU has goes back. */
static FMAG_COLD void spill(struct fmag_account *account, uint64_t *word)
{
	uint64_t seen, taken = fmag_credits_take(word, KEPT / 2, &seen);

	give(account, taken);
	check_charge(account, word);
}

static void uncharge_few(struct fmag_account *account, uint64_t count)
{
	uint64_t *word = own_word(account);
	uint64_t before = fmag_credits(fmag_credits_add(word, count));

	if (fmag_unlikely(before + count > KEPT))
		spill(account, word);
	else if (fmag_unlikely(before == 0 ||
			 before + count > fmag_load_relaxed(&account->limit)))
		check_charge(account, word);
}

void fmag_account_uncharge(struct fmag_account *account, uint64_t count)
{
	if (count == 0)
		return;
	if (fmag_likely(count <= KEPT / 2)) {
		uncharge_few(account, count);
		return;
	}
	/* One too many will do, and the word has room for that. */
	give(account, lesser(count, fmag_load_relaxed(&account->limit) + 1));
	check_charge(account, own_word(account));
}

enum fmag_status fmag_account_charge(
	struct fmag_account *account, uint64_t count)
{
	uint64_t taken;

	if (count > fmag_load_relaxed(&account->limit))
		return FMAG_ERR_NO_MEMORY;
	taken = gather(account, count);
	if (taken == count)
		return FMAG_OK;
	give(account, taken);
	return FMAG_ERR_NO_MEMORY;
}

/*
 * Lowered, the difference is taken before; raised, it is given after (A1). If the
 * limit was changed meanwhile, the difference is another one. One that went away
 * and came back is as good: it is a number only.
 */
enum fmag_status fmag_account_set_limit(
	struct fmag_account *account, uint64_t limit)
{
	uint64_t old = fmag_load_acquire(&account->limit), found, less, taken;

	if (limit > FMAG_ACCOUNT_MAX_LIMIT)
		return FMAG_ERR_INVALID;
	do {
		found = old;
		less = found > limit ? found - limit : 0;
		taken = gather(account, less);
		if (taken == less &&
			fmag_cas_acq_rel(&account->limit, &old, limit)) {
			give(account, limit > found ? limit - found : 0);
			return FMAG_OK;
		}
		give(account, taken);
		old = fmag_load_acquire(&account->limit);
	} while (taken == less || old != found);
	return FMAG_ERR_INVALID;
}

/* The verbs. */

fmag_hpa_t fmag_account_alloc_frame(struct fmag_account *account)
{
	fmag_hpa_t frame;

	if (fmag_unlikely(gather(account, 1) == 0))
		return FMAG_HPA_NONE;
	frame = fmag_alloc_frame(account->cache);
	if (fmag_unlikely(frame == FMAG_HPA_NONE))
		fmag_credits_add(own_word(account), 1);
	return frame;
}

size_t fmag_account_alloc_frames(
	struct fmag_account *account, fmag_hpa_t *frames, size_t count)
{
	uint64_t allowed = gather(account, count);
	size_t done = fmag_alloc_frames(account->cache, frames, allowed);

	give(account, allowed - done);
	return done;
}

static bool is_frame(const struct fmag_account *account, fmag_hpa_t paddr)
{
	return fmag_is_frame(account->cache->front.hot.frame_mask, paddr);
}

void fmag_account_dealloc_frame(struct fmag_account *account, fmag_hpa_t paddr)
{
	fmag_dealloc_frame(account->cache, paddr);
	if (fmag_likely(is_frame(account, paddr)))
		fmag_account_uncharge(account, 1);
}

void fmag_account_dealloc_frames(
	struct fmag_account *account, const fmag_hpa_t *frames, size_t count)
{
	uint64_t taken = 0;

	for (size_t i = 0; i < count; i++)
		taken += is_frame(account, frames[i]);
	fmag_dealloc_frames(account->cache, frames, count);
	fmag_account_uncharge(account, taken);
}
