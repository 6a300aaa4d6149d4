/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ordering:
 *   word CAS of reserve     acquire   partner of unregister's: the last use of
 *                                     the entry comes before it is written
 *   word store of publish   release   the entry's reclaimer, and what it points
 *                                     to, come before it
 *   word CAS of enter       acquire   partner of publish, and of the last
 *                                     caller's leave: one call after another
 *   word sub of leave       release   the call comes before the next one, and
 *                                     before whatever follows unregister
 *   word CAS of unregister  acq_rel   acquire: partner of leave; release:
 *                                     partner of reserve
 *   word load               acquire   as the CAS that follows it
 *   reclaimer               relaxed   read on the way to a CAS that may fail;
 *                                     otherwise ordered by the word
 *   last                    relaxed   a count
 */
#include "cache/reclaimers.h"

#include "base/atomic.h"
#include "cache/cache.h"

/* The word: transitions of a value, without memory. */

#define MANY        ((uint64_t)1 << 15)
#define MOST        (MANY - 1) /* callers at a time */
#define ORDER       ((uint64_t)1 << 16)
#define IS_FREE     ((uint64_t)0)
#define IS_RESERVED ((uint64_t)1) /* of no order: nobody comes in */

static uint64_t order_of(uint64_t word)
{
	return word / ORDER;
}

static uint64_t callers_of(uint64_t word)
{
	return word & MOST;
}

static bool can_enter(uint64_t word)
{
	return callers_of(word) == 0 ||
		((word & MANY) != 0 && callers_of(word) < MOST);
}

static struct fmag_reclaimers *table_of(struct fmag_cache *cache)
{
	return &cache->state->reclaimers;
}

/* Registration. */

static struct fmag_reclaimer_entry *reserve(struct fmag_reclaimers *table)
{
	for (unsigned i = 0; i < FMAG_MAX_RECLAIMERS; i++) {
		struct fmag_reclaimer_entry *entry = &table->entries[i];
		uint64_t word = IS_FREE;

		if (fmag_cas_acquire(&entry->word, &word, IS_RESERVED))
			return entry;
	}
	return NULL;
}

enum fmag_status fmag_register_reclaim(
	struct fmag_cache *cache, const struct fmag_reclaimer *reclaimer)
{
	struct fmag_reclaimers *table = table_of(cache);
	struct fmag_reclaimer_entry *entry;
	uint64_t order;

	if (reclaimer->reclaim == NULL)
		return FMAG_ERR_INVALID;
	entry = reserve(table);
	if (entry == NULL)
		return FMAG_ERR_NO_MEMORY;
	order = fmag_add_relaxed(&table->last, 1) + 1;
	fmag_store_relaxed(&entry->reclaimer, reclaimer);
	fmag_store_release(&entry->word,
		order * ORDER | (reclaimer->many_at_once ? MANY : 0));
	return FMAG_OK;
}

/* FMAG_ERR_INVALID: it is not this entry's, or not any more. */
static enum fmag_status unregister_from(struct fmag_reclaimer_entry *entry,
	const struct fmag_reclaimer *reclaimer)
{
	uint64_t word = fmag_load_acquire(&entry->word);
	uint64_t order = order_of(word);

	if (order == 0 || fmag_load_relaxed(&entry->reclaimer) != reclaimer)
		return FMAG_ERR_INVALID;
	if (callers_of(word) == 0 &&
		fmag_cas_acq_rel(&entry->word, &word, IS_FREE))
		return FMAG_OK;
	return order_of(word) == order ? FMAG_ERR_BUSY : FMAG_ERR_INVALID;
}

enum fmag_status fmag_unregister_reclaim(
	struct fmag_cache *cache, const struct fmag_reclaimer *reclaimer)
{
	struct fmag_reclaimers *table = table_of(cache);
	enum fmag_status status = FMAG_ERR_INVALID;

	for (unsigned i = 0;
		i < FMAG_MAX_RECLAIMERS && status == FMAG_ERR_INVALID; i++)
		status = unregister_from(&table->entries[i], reclaimer);
	return status;
}

/* Asking. */

/* NULL: there is none after *asking. */
static struct fmag_reclaimer_entry *next_in_order(
	struct fmag_reclaimers *table, struct fmag_asking *asking)
{
	struct fmag_reclaimer_entry *next = NULL;
	uint64_t least = asking->last + 1;

	for (unsigned i = 0; i < FMAG_MAX_RECLAIMERS; i++) {
		struct fmag_reclaimer_entry *entry = &table->entries[i];
		uint64_t order = order_of(fmag_load_acquire(&entry->word));

		if (order > asking->order && order < least) {
			least = order;
			next = entry;
		}
	}
	asking->order = least;
	return next;
}

/* Repeats only when another caller has come or gone. */
static bool enter(struct fmag_reclaimer_entry *entry, uint64_t order)
{
	uint64_t word = fmag_load_acquire(&entry->word);

	do {
		if (order_of(word) != order || !can_enter(word))
			return false;
	} while (!fmag_cas_acquire(&entry->word, &word, word + 1));
	return true;
}

static size_t ask(struct fmag_reclaimer_entry *entry, uint64_t order,
	struct fmag_cache *cache, size_t wanted)
{
	const struct fmag_reclaimer *reclaimer;
	size_t given;

	if (!enter(entry, order))
		return 0;
	reclaimer = fmag_load_relaxed(&entry->reclaimer);
	given = reclaimer->reclaim(reclaimer->ctx, cache, wanted);
	fmag_sub_release(&entry->word, 1);
	return given;
}

bool fmag_reclaimers_ask(
	struct fmag_cache *cache, size_t wanted, struct fmag_asking *asking)
{
	struct fmag_reclaimers *table = table_of(cache);
	struct fmag_reclaimer_entry *entry;
	size_t given = 0;

	if (asking->last == 0)
		asking->last = fmag_load_relaxed(&table->last);
	if (asking->last == 0 || !fmag_host_is_open(&cache->host))
		return false;
	while (given == 0 && (entry = next_in_order(table, asking)) != NULL)
		given = ask(entry, asking->order, cache, wanted);
	return given > 0;
}

/* Frames of `from` that make up `count` of `cache`: none is lost in rounding. */
static size_t as_frames_of(
	struct fmag_cache *from, struct fmag_cache *cache, size_t count)
{
	size_t ratio = fmag_frame_size(from) / fmag_frame_size(cache);

	/* Of smaller ones it takes all: they have to lie side by side. */
	if (ratio == 0)
		return SIZE_MAX;
	return count / ratio + (count % ratio != 0);
}

size_t fmag_reclaim_from_cache(
	void *other, struct fmag_cache *cache, size_t wanted)
{
	return fmag_cache_drain(other, as_frames_of(other, cache, wanted));
}
