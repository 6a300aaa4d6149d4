/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sections of fmag/detail/rseq.h, stated in C: what the explorer runs in
 * their place, and what the assembly is compared with. In the order of the
 * assembly's accesses, the last one being the section's only store that others
 * can see.
 *
 * FMAG_SECTION_STEP() comes before each access that others can see or make: an
 * explorer lets them run there, and returns FMAG_RSEQ_ABORTED if that ended the
 * section.
 */
#ifndef FMAG_FRONT_RSEQ_STATEMENT_H
#define FMAG_FRONT_RSEQ_STATEMENT_H

#include <string.h>

#include "front/front.h"

#ifndef FMAG_SECTION_STEP
#define FMAG_SECTION_BEGIN() ((void)0)
#define FMAG_SECTION_STEP()  ((void)0)
#define FMAG_SECTION_END()   ((void)0)
#endif

/* cpu_id of the area that the kernel shares with the thread. */
#ifndef FMAG_STATED_CPU
#define FMAG_STATED_CPU(hot) fmag_rseq_cpu_id(hot)
#endif

#define FMAG_STATED_LOAD(p)     __atomic_load_n((p), __ATOMIC_RELAXED)
#define FMAG_STATED_STORE(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)

static inline enum fmag_rseq_result fmag_stated_slot(
	const struct fmag_hot *hot, struct fmag_slot **slot)
{
	uint32_t cpu = FMAG_STATED_CPU(hot);

	*slot = fmag_front_slot(
		(const struct fmag_front *)(const void *)hot, cpu);
	return *slot != NULL ? FMAG_RSEQ_DONE : FMAG_RSEQ_MISS;
}

/* The CPU's magazine, and its word. */
static inline enum fmag_rseq_result fmag_stated_magazine(
	const struct fmag_hot *hot, struct fmag_magazine **magazine,
	uint64_t *word)
{
	struct fmag_slot *slot;
	enum fmag_rseq_result result = fmag_stated_slot(hot, &slot);

	if (result != FMAG_RSEQ_DONE)
		return result;
	FMAG_SECTION_STEP();
	*magazine = FMAG_STATED_LOAD(&slot->loaded);
	FMAG_SECTION_STEP();
	*word = FMAG_STATED_LOAD(&(*magazine)->word);
	return FMAG_RSEQ_DONE;
}

/* The frame under `rounds`, or the link of an empty magazine, which is NULL. */
static inline fmag_hpa_t fmag_stated_top(
	const struct fmag_magazine *magazine, size_t rounds)
{
	return rounds > 0 ? FMAG_STATED_LOAD(&magazine->frames[rounds - 1])
			  : FMAG_HPA_NONE;
}

static inline enum fmag_rseq_result fmag_stated_pop_many(
	const struct fmag_hot *hot, fmag_hpa_t *to, size_t count, size_t *done)
{
	struct fmag_magazine *magazine;
	enum fmag_rseq_result result;
	size_t rounds, taken;
	uint64_t word;

	FMAG_SECTION_BEGIN();
	result = fmag_stated_magazine(hot, &magazine, &word);
	if (result != FMAG_RSEQ_DONE)
		return result;
	rounds = fmag_word_rounds(word);
	if (rounds == 0)
		return FMAG_RSEQ_MISS;
	taken = count < rounds ? count : rounds;
	for (size_t i = taken; i > 0; i--) {
		FMAG_SECTION_STEP();
		to[i - 1] = FMAG_STATED_LOAD(
			&magazine->frames[rounds - taken + i - 1]);
	}
	FMAG_SECTION_STEP();
	FMAG_STATED_STORE(&magazine->word, word - taken);
	FMAG_SECTION_END();
	*done = taken;
	return FMAG_RSEQ_DONE;
}

static inline enum fmag_rseq_result fmag_stated_push_many(
	const struct fmag_hot *hot, const fmag_hpa_t *from, size_t count,
	size_t *done)
{
	struct fmag_magazine *magazine;
	size_t rounds, limit, added;
	enum fmag_rseq_result result;
	uint64_t word;

	FMAG_SECTION_BEGIN();
	result = fmag_stated_magazine(hot, &magazine, &word);
	if (result != FMAG_RSEQ_DONE)
		return result;
	rounds = fmag_word_rounds(word);
	FMAG_SECTION_STEP();
	if (fmag_stated_top(magazine, rounds) == from[0])
		return FMAG_RSEQ_REPEAT;
	FMAG_SECTION_STEP();
	limit = FMAG_STATED_LOAD(&magazine->limit);
	if (rounds >= limit)
		return FMAG_RSEQ_MISS;
	added = count < limit - rounds ? count : limit - rounds;
	for (size_t i = added; i > 0; i--) {
		FMAG_SECTION_STEP();
		FMAG_STATED_STORE(
			&magazine->frames[rounds + i - 1], from[i - 1]);
	}
	FMAG_SECTION_STEP();
	FMAG_STATED_STORE(&magazine->word, fmag_word_added(word, added));
	FMAG_SECTION_END();
	*done = added;
	return FMAG_RSEQ_DONE;
}

static inline enum fmag_rseq_result fmag_stated_pop(
	const struct fmag_hot *hot, fmag_hpa_t *out)
{
	size_t done;

	return fmag_stated_pop_many(hot, out, 1, &done);
}

static inline enum fmag_rseq_result fmag_stated_push(
	const struct fmag_hot *hot, fmag_hpa_t frame)
{
	size_t done;

	return fmag_stated_push_many(hot, &frame, 1, &done);
}

static inline enum fmag_rseq_result fmag_stated_install(
	const struct fmag_hot *hot, struct fmag_magazine *magazine,
	uint64_t stay, unsigned cpu, struct fmag_magazine **old)
{
	struct fmag_slot *slot;
	enum fmag_rseq_result result;
	struct fmag_magazine *found;

	FMAG_SECTION_BEGIN();
	result = fmag_stated_slot(hot, &slot);
	if (result != FMAG_RSEQ_DONE)
		return result;
	if (slot !=
		fmag_front_slot(
			(const struct fmag_front *)(const void *)hot, cpu))
		return FMAG_RSEQ_ABORTED;
	FMAG_SECTION_STEP();
	found = FMAG_STATED_LOAD(&slot->loaded);
	FMAG_SECTION_STEP();
	if (FMAG_STATED_LOAD(&magazine->stay) != stay)
		return FMAG_RSEQ_MISS;
	FMAG_SECTION_STEP();
	if (!__atomic_compare_exchange_n(&slot->loaded, &found, magazine, false,
		    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return FMAG_RSEQ_ABORTED;
	FMAG_SECTION_END();
	*old = found;
	return FMAG_RSEQ_DONE;
}

#endif
