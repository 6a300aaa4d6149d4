/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retirer: magazines of its own, in which frames wait for their grace.
 *
 *	          install, into a CPU's slot or `open`
 *	 empty ----------------------------------------> gathering
 *	 (SHARED, no rounds)                              (LOCAL)
 *	   ^                                                 |
 *	   |   the last frame is taken                       | leave_slot
 *	   +------------------------------- pending <--------+
 *	                                    (SHARED, rounds)
 *
 * gathering: a CPU's loaded magazine, pushed to by the retirer's front as the
 * cache's is by its own; or one on the stack `open`, for callers without a slot:
 * who pops it has it to itself.
 * pending: on no stack. It is found in the table, by anyone, who
 *   seals it    asks for a ticket, so that the grace of all its frames begins
 *   harvests it once the ticket is done: takes frames off it, for the cache
 * Neither depends on the thread that made it pending going on.
 *
 * M1 to M7 (magazine/magazine.h) hold for these magazines. Beyond that:
 *   T1 Frames come into a magazine in LOCAL mode only, and leave it in SHARED mode
 *      only.
 *   T2 From one beginning of LOCAL mode to the next is a *fill*. Its number is
 *      that of moves / FMAG_WORD_PERIOD: what is pushed and taken in one raises
 *      moves by less than a period. So no two fills of a magazine have the same
 *      number, and a SHARED word with a fill's number stands for frames that were
 *      all there when it became SHARED.
 *   T3 Where seal.fill is the fill of a pending magazine, seal.ticket is one whose
 *      start() was called after it became SHARED; or one of a later start(). For:
 *      who seals fill n reads n, SHARED; then the old ticket; then calls start()
 *      and swaps the old ticket for what that returned; then sets seal.fill. From
 *      that swap on the ticket is changed only by swaps whose own start() came
 *      after a look at it, so after this one. A sealer that fails at either swap
 *      gives up: another one got further, and whoever comes next looks again. A
 *      ticket that comes back as the same number is the same grace, since tickets
 *      never fall (fmag/retire.h).
 *   T4 Each fill that had frames ends when two have parted with it: who made it
 *      SHARED, once it is done with it, and who took its last frame. The second
 *      one holds the empty magazine. So who made it SHARED can be late, or have
 *      been overtaken by a take_back that freed it (front/front.h): it is not
 *      another fill by then.
 *   T5 (G7) A frame is taken off a pending magazine only by a swap from a word of
 *      the fill whose ticket was asked for, and was over.
 *
 * A thread that is stopped for ever keeps: with a frame in its hand, that one; at
 * a magazine of `open`, up to FMAG_HAL_RUN; in a harvest, up to FMAG_HAL_RUN; at a
 * slot, what the front says. Stopped before it parts with a magazine it keeps that
 * one empty, and none of the frames.
 *
 * Ordering:
 *   seal.fill swap     acq_rel   release: the ticket before it; acquire: the fill
 *                                that it replaces
 *   seal.fill load     acquire   partner of that swap: before the ticket's load
 *   seal.ticket swap   acq_rel   release: this start() before the next one;
 *                                acquire: its failure is not used
 *   seal.ticket load   acquire   partner of that swap: before the own start()
 *   word load          acquire   partner of leave_slot's swap: what was done
 *                                before the frames were retired comes before
 *                                start(), and before the read of frames[]
 *   word, CAS of take  acq_rel   as magazine/magazine.h says
 *   seal.parted        acq_rel   exchange: what the first to part did with the
 *                                magazine comes before its next fill
 *   seal.seen, faulted relaxed   hints; poll alone reads seen
 *   cursor             relaxed   where to begin
 *   live               relaxed   changed while no call runs
 */
#ifndef FMAG_RETIRE_RETIRER_H
#define FMAG_RETIRE_RETIRER_H

#include <fmag/retire.h>

#include "cache/annex.h"
#include "cache/cache.h"
#include "depot/stack.h"
#include "front/front.h"

/* Beside each magazine, on a line of its own. */
struct fmag_seal {
	uint64_t fill; /* that the ticket is for; T3 */
	uint64_t ticket;
	uint64_t seen;    /* the fill that the last poll saw gathering */
	uint64_t faulted; /* the fill whose ticket nobody gave */
	uint32_t parted;  /* 1: the first of two has; T4 */
	char pad[28];
};

_Static_assert(sizeof(struct fmag_seal) == FMAG_RETIRER_SEAL_SIZE_,
	"FMAG_RETIRER_STORAGE_SIZE counts them");
_Static_assert(2 * FMAG_MAX_MAGAZINE_ROUNDS + 2 < FMAG_WORD_PERIOD,
	"T2: pushes, takes, leave_slot and a touch are within a period");

struct fmag_retirer_state {
	uint32_t live; /* 1 from init to the end; 0 in a forked child */
	uint32_t cursor;
	struct fmag_front_shared front;
	struct fmag_stack empty;
	struct fmag_stack open;
};

_Static_assert(sizeof(struct fmag_retirer_state) <= FMAG_RETIRER_STATE_SIZE_,
	"the shared part fits");

/* Read only after init, but for the slots, which follow the front. */
struct fmag_retirer {
	struct fmag_front front;
	struct fmag_annex annex;
	struct fmag_cache *cache;
	struct fmag_grace_source source;
	struct fmag_retirer_state *state;
	struct fmag_seal *seals;
	char *table;
	size_t magazine_size;
	size_t storage_size;
	unsigned magazine_count;
	unsigned capacity;
	unsigned open_rounds; /* that one of `open` is filled to */
};

_Static_assert(offsetof(struct fmag_retirer, front) == 0 &&
		sizeof(struct fmag_retirer) <= FMAG_CACHE_SLOTS_,
	"the slots come after it");

/* NULL: the cache has none. */
static inline struct fmag_retirer *fmag_retirer_of(struct fmag_cache *cache)
{
	struct fmag_annex *annex =
		fmag_annexes_get(&cache->annexes, FMAG_ANNEX_RETIRED);

	if (fmag_unlikely(annex == NULL))
		return NULL;
	return fmag_container_of(annex, struct fmag_retirer, annex);
}

static inline struct fmag_magazine *fmag_retirer_magazine(
	const struct fmag_retirer *retirer, unsigned index)
{
	return (void *)(retirer->table + index * retirer->magazine_size);
}

static inline unsigned fmag_retirer_index(const struct fmag_retirer *retirer,
	const struct fmag_magazine *magazine)
{
	return (unsigned)((size_t)((const char *)magazine - retirer->table) /
		retirer->magazine_size);
}

/* T2. */
static inline uint64_t fmag_fill(uint64_t word)
{
	return fmag_word_moves(word) / FMAG_WORD_PERIOD;
}

static inline bool fmag_fill_is_pending(uint64_t word)
{
	return !fmag_word_is_local(word) && fmag_word_rounds(word) > 0;
}

/* M3's sum, without what LOCAL mode adds. */
static inline uint64_t fmag_fill_shared_moves(uint64_t word)
{
	return fmag_word_is_local(word) ? fmag_fill(word) * FMAG_WORD_PERIOD
					: fmag_word_moves(word);
}

/* retire/grace.c: of one magazine of the table, by anyone. */

/*
 * Begins the grace of a pending magazine that is not sealed. Of how many frames;
 * 0: it is sealed, or not pending, or another call is at it.
 */
size_t fmag_retirer_seal(struct fmag_retirer *retirer, unsigned index);

/* Takes up to `count` frames whose grace is over; how many. */
size_t fmag_retirer_take(struct fmag_retirer *retirer, unsigned index,
	fmag_hpa_t *frames, size_t count);

/* Gives up to `budget` of them to the cache; how many. */
size_t fmag_retirer_harvest(
	struct fmag_retirer *retirer, unsigned index, size_t budget);

/* Likewise of all magazines, each sealed first. */
size_t fmag_retirer_harvest_all(struct fmag_retirer *retirer, size_t budget);

/* By who made it SHARED: T4. */
void fmag_retirer_part(
	struct fmag_retirer *retirer, struct fmag_magazine *magazine);

/* retire/gather.c */

/* A frame that its CPU's magazine did not take. */
enum fmag_status fmag_retirer_gather(
	struct fmag_retirer *retirer, fmag_hpa_t frame);

/*
 * What a CPU has gathered begins to wait. False: the front does not let go of it;
 * the CPU is asked.
 */
bool fmag_retirer_give_up(struct fmag_retirer *retirer, unsigned cpu);

/* Gives up what another CPU asked for. */
void fmag_retirer_poked(struct fmag_retirer *retirer);

/* fmag_retire_flush() and fmag_retire_poll(). */
size_t fmag_retirer_flush(struct fmag_retirer *retirer);
size_t fmag_retirer_poll(struct fmag_retirer *retirer, size_t budget);

/* retire/annex.c */
extern const struct fmag_annex_ops fmag_retirer_annex FMAG_HIDDEN;

/* retire/retirer.c */

/* Replaces what is left open by defaults; false: out of range. */
bool fmag_retirer_resolve(struct fmag_retirer_config *resolved,
	const struct fmag_retirer_config *config,
	const struct fmag_cache *cache);

/* Whether it can be asked. */
bool fmag_grace_source_is_whole(const struct fmag_grace_source *source);

size_t fmag_retirer_size(const struct fmag_cache *cache,
	const struct fmag_retirer_config *config);

/* In storage of that size; NULL: the cache has a retirer. */
struct fmag_retirer *fmag_retirer_build(void *storage, struct fmag_cache *cache,
	const struct fmag_grace_source *source,
	const struct fmag_retirer_config *config);

#endif
