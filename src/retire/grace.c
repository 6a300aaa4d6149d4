/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace: sealing what is pending, and taking what is over. Invariants and orders:
 * retire/retirer.h.
 */
#include "base/atomic.h"
#include "hal/annotate.h"
#include "retire/retirer.h"

size_t fmag_retirer_seal(struct fmag_retirer *retirer, unsigned index)
{
	struct fmag_seal *seal = &retirer->seals[index];
	uint64_t word =
		fmag_load_acquire(&fmag_retirer_magazine(retirer, index)->word);
	uint64_t sealed = fmag_load_acquire(&seal->fill), before, ticket;

	if (!fmag_fill_is_pending(word) || sealed == fmag_fill(word))
		return 0;
	before = fmag_load_acquire(&seal->ticket);
	ticket = retirer->source.start(retirer->source.ctx);
	if (!fmag_cas_acq_rel(&seal->ticket, &before, ticket) ||
		!fmag_cas_acq_rel(&seal->fill, &sealed, fmag_fill(word)))
		return 0;
	return fmag_word_rounds(word);
}

/* Once a fill. Its frames stay out, unless the source comes to know it. */
static FMAG_COLD void report_ticket(
	struct fmag_retirer *retirer, struct fmag_seal *seal, uint64_t fill)
{
	if (fmag_exchange_relaxed(&seal->faulted, fill) != fill)
		fmag_cache_fault(
			retirer->cache, FMAG_FAULT_BAD_TICKET, FMAG_HPA_NONE);
}

/* T5. Of a word that was read with acquire. */
static bool is_over(struct fmag_retirer *retirer, unsigned index, uint64_t word)
{
	const struct fmag_grace_source *source = &retirer->source;
	struct fmag_seal *seal = &retirer->seals[index];

	if (!fmag_fill_is_pending(word) ||
		fmag_load_acquire(&seal->fill) != fmag_fill(word))
		return false;
	switch (source->done(source->ctx, fmag_load_acquire(&seal->ticket))) {
	case FMAG_GRACE_OVER:
		return true;
	case FMAG_GRACE_PENDING:
		return false;
	default:
		report_ticket(retirer, seal, fmag_fill(word));
		return false;
	}
}

/* T4: the second of two has the magazine. */
static void part(struct fmag_retirer *retirer, unsigned index)
{
	struct fmag_seal *seal = &retirer->seals[index];

	if (fmag_exchange_acq_rel(&seal->parted, 1u) == 0)
		return;
	fmag_store_relaxed(&seal->parted, 0u);
	fmag_stack_push(
		&retirer->state->empty, fmag_retirer_magazine(retirer, index));
}

/* Of a magazine of which this fill is the last until the caller parts with it. */
void fmag_retirer_part(
	struct fmag_retirer *retirer, struct fmag_magazine *magazine)
{
	uint64_t word = fmag_load_acquire(&magazine->word);

	/* Nothing came into it, so nobody takes the last one: leave_slot is its
	 * only move. */
	if (fmag_word_moves(word) % FMAG_WORD_PERIOD == 1)
		fmag_stack_push(&retirer->state->empty, magazine);
	else
		part(retirer, fmag_retirer_index(retirer, magazine));
}

size_t fmag_retirer_take(struct fmag_retirer *retirer, unsigned index,
	fmag_hpa_t *frames, size_t count)
{
	struct fmag_magazine *magazine = fmag_retirer_magazine(retirer, index);
	uint64_t word = fmag_load_acquire(&magazine->word);
	size_t taken;

	do {
		if (!is_over(retirer, index, word))
			return 0;
		taken = fmag_magazine_take_from(magazine, &word, frames, count);
	} while (taken == 0);
	if (taken == fmag_word_rounds(word))
		part(retirer, index);
	fmag_annotate_frames(
		&retirer->cache->host, frames, taken, fmag_annotate_settled);
	return taken;
}

/*
 * Of how many the cache may be given at a time. Where the HAL may not be called,
 * what the cache has no room for would be quarantined; here it can wait.
 */
static size_t run_of(const struct fmag_retirer *retirer, size_t count)
{
	struct fmag_cache_state *state = retirer->cache->state;

	if (fmag_host_is_open(&retirer->cache->host))
		return count < FMAG_HAL_RUN ? count : FMAG_HAL_RUN;
	return count > 0 && fmag_load_relaxed(&state->front.no_room) == 0 &&
		fmag_depot_has_room(&state->depot);
}

size_t fmag_retirer_harvest(
	struct fmag_retirer *retirer, unsigned index, size_t budget)
{
	fmag_hpa_t frames[FMAG_HAL_RUN];
	size_t harvested = 0, wanted, taken;

	do {
		wanted = run_of(retirer, budget - harvested);
		if (wanted == 0)
			break;
		taken = fmag_retirer_take(retirer, index, frames, wanted);
		fmag_dealloc_frames(retirer->cache, frames, taken);
		harvested += taken;
	} while (taken == wanted);
	return harvested;
}

/* Each call begins elsewhere, so that all are come to whatever the budget. */
size_t fmag_retirer_harvest_all(struct fmag_retirer *retirer, size_t budget)
{
	unsigned count = retirer->magazine_count;
	unsigned first = fmag_add_relaxed(&retirer->state->cursor, 1u) % count;
	size_t harvested = 0;

	for (unsigned i = 0; i < count; i++) {
		unsigned index = (first + i) % count;

		fmag_retirer_seal(retirer, index);
		harvested += fmag_retirer_harvest(
			retirer, index, budget - harvested);
	}
	return harvested;
}
