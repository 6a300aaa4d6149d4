/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An annex: frames of a cache that a layer above keeps for it, of which some are
 * free, or become so by themselves: retired ones when their grace is over, clean
 * ones always. The cache knows no more of such a layer than this: where to find a
 * frame before it says NONE (G4), and what to count (G1).
 *
 * An annex is attached while nobody uses what it is for, and stays until the
 * cache's end, or until it is detached while nobody uses the cache.
 *
 * Ordering:
 *   annexes[] CAS    release   what the annex is made of comes before it
 *   annexes[] load   acquire   partner of the CAS
 */
#ifndef FMAG_CACHE_ANNEX_H
#define FMAG_CACHE_ANNEX_H

#include <fmag/cache.h>

#include "base/atomic.h"

struct fmag_annex;

struct fmag_annex_ops {
	/*
	 * A free frame, the caller's from now on; or FMAG_HPA_NONE, and *moves, a
	 * sum that never falls. Two looks without a frame and with equal sums
	 * prove that no frame of the annex was free at any instant between them.
	 * Never calls the HAL, waits for nobody.
	 */
	fmag_hpa_t (*look)(struct fmag_annex *annex, uint64_t *moves);
	/* Frees up to `budget` frames into the cache; how many. NULL: they lie in
	 * a cache of their own, which is drained. */
	size_t (*drain)(struct fmag_annex *annex, size_t budget);
	/* Adds what lies here to the counts of frames, and of events. */
	void (*count)(
		const struct fmag_annex *annex, struct fmag_cache_stats *stats);
	/* The cache ends, and no call runs on it: frees all that may be. */
	void (*end)(struct fmag_annex *annex);
	/* Takes the first few of `count` frames that the HAL gave, zeroed; how
	 * many. NULL: it has no use for them. */
	size_t (*keep_zeroed)(struct fmag_annex *annex,
		const fmag_hpa_t *frames, size_t count);
	/*
	 * This CPU was poked: it gives up what others asked it for. NULL: nobody
	 * asks.
	 */
	void (*poked)(struct fmag_annex *annex);
	/*
	 * What it keeps by that CPU becomes everyone's to find; as
	 * fmag_cpu_drain(). NULL: nothing, or in a cache of its own.
	 */
	enum fmag_status (*drain_cpu)(struct fmag_annex *annex, unsigned cpu);
};

struct fmag_annex {
	const struct fmag_annex_ops *ops;
	/*
	 * Where its frames lie in a cache of their own, by CPUs, that one: what is
	 * asked of a CPU, or kept out, is so there too. Otherwise NULL.
	 */
	struct fmag_cache *cache;
};

/* Kinds: a cache has one of each at most. */
enum fmag_annex_kind {
	FMAG_ANNEX_RETIRED,
	FMAG_ANNEX_CLEAN,
	FMAG_ANNEX_KINDS,
};

struct fmag_annexes {
	struct fmag_annex *of[FMAG_ANNEX_KINDS];
};

/* NULL: there is none of that kind. */
static inline struct fmag_annex *fmag_annexes_get(
	const struct fmag_annexes *annexes, enum fmag_annex_kind kind)
{
	return fmag_load_acquire(&annexes->of[kind]);
}

/* False: there is one already. */
static inline bool fmag_annexes_attach(struct fmag_annexes *annexes,
	enum fmag_annex_kind kind, struct fmag_annex *annex)
{
	struct fmag_annex *none = NULL;

	return fmag_cas_acq_rel(&annexes->of[kind], &none, annex);
}

static inline void fmag_annexes_detach(
	struct fmag_annexes *annexes, enum fmag_annex_kind kind)
{
	struct fmag_annex *none = NULL;

	fmag_store_release(&annexes->of[kind], none);
}

/* The cache of that kind's annex; NULL: it has none. */
static inline struct fmag_cache *fmag_annexes_cache(
	const struct fmag_annexes *annexes, enum fmag_annex_kind kind)
{
	const struct fmag_annex *annex = fmag_annexes_get(annexes, kind);

	return annex != NULL ? annex->cache : NULL;
}

/* All of them: as one annex's. */

static inline fmag_hpa_t fmag_annexes_look(
	const struct fmag_annexes *annexes, uint64_t *moves)
{
	fmag_hpa_t frame = FMAG_HPA_NONE;

	*moves = 0;
	for (unsigned kind = 0;
		kind < FMAG_ANNEX_KINDS && frame == FMAG_HPA_NONE; kind++) {
		struct fmag_annex *annex = fmag_annexes_get(annexes, kind);
		uint64_t sum;

		if (annex == NULL)
			continue;
		frame = annex->ops->look(annex, &sum);
		*moves += sum;
	}
	return frame;
}

static inline size_t fmag_annexes_drain(
	const struct fmag_annexes *annexes, size_t budget)
{
	size_t drained = 0;

	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_annex *annex = fmag_annexes_get(annexes, kind);

		if (annex != NULL && annex->ops->drain != NULL &&
			drained < budget)
			drained += annex->ops->drain(annex, budget - drained);
	}
	return drained;
}

static inline void fmag_annexes_count(
	const struct fmag_annexes *annexes, struct fmag_cache_stats *stats)
{
	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_annex *annex = fmag_annexes_get(annexes, kind);

		if (annex != NULL)
			annex->ops->count(annex, stats);
	}
}

static inline void fmag_annexes_poked(const struct fmag_annexes *annexes)
{
	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_annex *annex = fmag_annexes_get(annexes, kind);

		if (annex != NULL && annex->ops->poked != NULL)
			annex->ops->poked(annex);
	}
}

static inline void fmag_annexes_end(const struct fmag_annexes *annexes)
{
	for (unsigned kind = 0; kind < FMAG_ANNEX_KINDS; kind++) {
		struct fmag_annex *annex = fmag_annexes_get(annexes, kind);

		if (annex != NULL)
			annex->ops->end(annex);
	}
}

#endif
