/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The retirer as its cache sees it (cache/annex.h): a frame whose grace is over
 * is free.
 *
 * Why two looks with equal sums prove that none was free in between. A frame
 * becomes free when its ticket is over, which it stays. The magazine was SHARED in
 * the same fill at both looks, and had the same ticket from the end of the first
 * one's question to the end of the second one's, since the sums are equal, and no
 * part of them ever falls; the second one asked for the ticket after the instant
 * in question, and had the frame. Without the tickets it may be another one's that
 * is not over: of a sealer that was overtaken (T3). A magazine that was not sealed
 * at the first look has no grace that could be over before that.
 */
#include "base/atomic.h"
#include "retire/retirer.h"

static struct fmag_retirer *retirer_of(struct fmag_annex *annex)
{
	return fmag_container_of(annex, struct fmag_retirer, annex);
}

static fmag_hpa_t look(struct fmag_annex *annex, uint64_t *moves)
{
	struct fmag_retirer *retirer = retirer_of(annex);
	fmag_hpa_t frame;

	*moves = 0;
	for (unsigned i = 0; i < retirer->magazine_count; i++) {
		*moves += fmag_fill_shared_moves(fmag_load_acquire(
			&fmag_retirer_magazine(retirer, i)->word));
		fmag_retirer_seal(retirer, i);
		if (fmag_retirer_take(retirer, i, &frame, 1) == 1)
			return frame;
		*moves += fmag_load_acquire(&retirer->seals[i].ticket);
	}
	return FMAG_HPA_NONE;
}

static size_t drain(struct fmag_annex *annex, size_t budget)
{
	struct fmag_retirer *retirer = retirer_of(annex);

	fmag_retirer_flush(retirer);
	return fmag_retirer_harvest_all(retirer, budget);
}

static size_t count_frames(const struct fmag_retirer *retirer)
{
	size_t frames = 0;

	for (unsigned i = 0; i < retirer->magazine_count; i++)
		frames +=
			fmag_magazine_rounds(fmag_retirer_magazine(retirer, i));
	return frames;
}

static void count(
	const struct fmag_annex *annex, struct fmag_cache_stats *stats)
{
	const struct fmag_retirer *retirer =
		retirer_of((struct fmag_annex *)(uintptr_t)annex);

	stats->frames_retired += count_frames(retirer);
	stats->interrupts += fmag_load_relaxed(&retirer->state->front.barriers);
}

static void poked(struct fmag_annex *annex)
{
	fmag_retirer_poked(retirer_of(annex));
}

/* The claim front's is in its holder's hands. */
static bool is_closed(
	const struct fmag_retirer *retirer, const struct fmag_slot *slot)
{
	return retirer->cache->front_kind != FMAG_FRONT_CLAIM &&
		fmag_front_real(&retirer->front,
			fmag_load_acquire(&slot->loaded)) == NULL;
}

/* What the CPU has gathered begins to wait. */
static enum fmag_status drain_cpu(struct fmag_annex *annex, unsigned cpu)
{
	struct fmag_retirer *retirer = retirer_of(annex);
	struct fmag_slot *slot = fmag_front_slot(&retirer->front, cpu);

	if (slot == NULL)
		return FMAG_ERR_INVALID;
	if (is_closed(retirer, slot) || fmag_retirer_give_up(retirer, cpu))
		return FMAG_OK;
	return retirer->cache->front_kind == FMAG_FRONT_RSEQ &&
			!retirer->front.ops->reaches_loaded(&retirer->front)
		? FMAG_ERR_UNSUPPORTED
		: FMAG_ERR_BUSY;
}

/* Where the source can wait; not for a ticket that it does not know. */
static void wait_for(struct fmag_retirer *retirer, unsigned index)
{
	const struct fmag_grace_source *source = &retirer->source;
	uint64_t ticket = fmag_load_acquire(&retirer->seals[index].ticket);

	if (fmag_magazine_rounds(fmag_retirer_magazine(retirer, index)) > 0 &&
		source->wait != NULL &&
		source->done(source->ctx, ticket) == FMAG_GRACE_PENDING)
		source->wait(source->ctx, ticket);
}

/* All are sealed before the first is waited for: they share their grace. */
static void end(struct fmag_annex *annex)
{
	struct fmag_retirer *retirer = retirer_of(annex);

	if (!retirer->state->live)
		return;
	for (unsigned i = 0; i < retirer->magazine_count; i++) {
		fmag_magazine_leave_slot(fmag_retirer_magazine(retirer, i));
		fmag_retirer_seal(retirer, i);
	}
	for (unsigned i = 0; i < retirer->magazine_count; i++) {
		wait_for(retirer, i);
		fmag_retirer_harvest(retirer, i, SIZE_MAX);
	}
	retirer->state->live = 0;
}

const struct fmag_annex_ops fmag_retirer_annex = {
	.look = look,
	.drain = drain,
	.count = count,
	.end = end,
	.poked = poked,
	.drain_cpu = drain_cpu,
};

/* By the annex: the count is what end left. */
size_t fmag_retirer_fini(struct fmag_retirer *retirer)
{
	if (!retirer->state->live)
		return 0;
	end(&retirer->annex);
	fmag_annexes_detach(&retirer->cache->annexes, FMAG_ANNEX_RETIRED);
	return count_frames(retirer);
}
