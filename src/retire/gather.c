/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a retired frame goes that its CPU's magazine did not take:
 *   1 local   an empty magazine is loaded, and takes it; the full one comes out,
 *             pending, and is sealed
 *   2 open    where the slot is not to be had: a magazine of the stack `open`, or
 *             an empty one, which goes there
 * Where there is no empty magazine one is harvested first; if none is over, what
 * the CPU has gathered begins to wait, too, and the frame goes to step 2, or stays
 * the caller's.
 */
#include "base/atomic.h"
#include "retire/retirer.h"

/* The stay of those of `open` is meant for no CPU. */
#define NO_SLOT FMAG_MAX_CPUS

/* What was gathered in a magazine that the caller made SHARED: begins to wait. */
static void hand_in(
	struct fmag_retirer *retirer, struct fmag_magazine *magazine)
{
	unsigned index = fmag_retirer_index(retirer, magazine);

	fmag_retirer_part(retirer, magazine);
	fmag_retirer_seal(retirer, index);
}

/* An empty one, the caller's to hold. NULL: all wait, or gather. */
static struct fmag_magazine *get_empty(struct fmag_retirer *retirer)
{
	struct fmag_stack *empty = &retirer->state->empty;
	struct fmag_magazine *magazine = fmag_stack_pop(empty);
	unsigned count = retirer->magazine_count;
	unsigned first;

	if (fmag_likely(magazine != NULL))
		return magazine;
	first = fmag_add_relaxed(&retirer->state->cursor, 1u) % count;
	for (unsigned i = 0; magazine == NULL && i < count; i++) {
		unsigned index = (first + i) % count;

		fmag_retirer_seal(retirer, index);
		if (fmag_retirer_harvest(retirer, index, SIZE_MAX) > 0)
			magazine = fmag_stack_pop(empty);
	}
	return magazine != NULL ? magazine : fmag_stack_pop(empty);
}

/*
 * What others asked for is out with the magazine that was loaded; or it is not to
 * be had just now, and to be asked for again.
 */
static void answer(struct fmag_retirer *retirer, unsigned cpu)
{
	struct fmag_slot *slot = fmag_front_slot(&retirer->front, cpu);

	if (slot != NULL && fmag_load_relaxed(&slot->is_asked) != 0)
		fmag_store_relaxed(&slot->is_asked, 0u);
}

/* An empty magazine into the CPU's slot. FMAG_ERR_BUSY: that is not to be had. */
static enum fmag_status load_empty(struct fmag_retirer *retirer)
{
	struct fmag_front *front = &retirer->front;
	struct fmag_magazine *magazine = get_empty(retirer), *old;

	if (magazine == NULL)
		return FMAG_ERR_NO_MEMORY;
	if (front->ops->install(front, magazine, retirer->capacity, &old) !=
		FMAG_FRONT_DONE) {
		fmag_stack_push(&retirer->state->empty, magazine);
		return FMAG_ERR_BUSY;
	}
	answer(retirer, fmag_front_cpu(front));
	if (old != NULL)
		hand_in(retirer, old);
	return FMAG_OK;
}

bool fmag_retirer_give_up(struct fmag_retirer *retirer, unsigned cpu)
{
	struct fmag_front *front = &retirer->front;
	struct fmag_magazine *magazine;

	if (front->ops->detach(front, cpu, &magazine) != FMAG_FRONT_DONE)
		return false;
	answer(retirer, cpu);
	if (magazine != NULL)
		hand_in(retirer, magazine);
	return true;
}

void fmag_retirer_poked(struct fmag_retirer *retirer)
{
	unsigned cpu = fmag_front_cpu(&retirer->front);
	const struct fmag_slot *slot = fmag_front_slot(&retirer->front, cpu);

	if (slot == NULL || fmag_load_relaxed(&slot->is_asked) == 0)
		return;
	if (retirer->front.ops->has_slot(&retirer->front) &&
		!fmag_retirer_give_up(retirer, cpu))
		(void)load_empty(retirer);
	answer(retirer, cpu);
}

static enum fmag_status push(struct fmag_retirer *retirer, fmag_hpa_t frame)
{
	switch (retirer->front.ops->push(&retirer->front, frame)) {
	case FMAG_FRONT_DONE:
		return FMAG_OK;
	case FMAG_FRONT_REPEAT:
		fmag_cache_fault(retirer->cache, FMAG_FAULT_DOUBLE_FREE, frame);
		return FMAG_ERR_INVALID;
	default:
		return FMAG_ERR_BUSY;
	}
}

/*
 * One of `open`, LOCAL, or an empty one: the caller's, and nobody else comes to
 * it.
 */
static struct fmag_magazine *get_open(struct fmag_retirer *retirer)
{
	struct fmag_magazine *magazine = fmag_stack_pop(&retirer->state->open);

	if (magazine != NULL)
		return magazine;
	magazine = get_empty(retirer);
	if (magazine != NULL)
		(void)fmag_magazine_enter_slot(magazine, retirer->open_rounds,
			&retirer->state->front.no_room, NO_SLOT, true);
	return magazine;
}

static void close_open(
	struct fmag_retirer *retirer, struct fmag_magazine *magazine)
{
	fmag_magazine_leave_slot(magazine);
	hand_in(retirer, magazine);
}

/* Step 2. What lies on `open` has room. */
static enum fmag_status gather_open(
	struct fmag_retirer *retirer, fmag_hpa_t frame)
{
	struct fmag_magazine *magazine = get_open(retirer);

	if (magazine == NULL)
		return FMAG_ERR_NO_MEMORY;
	(void)fmag_magazine_push(magazine, frame);
	if (fmag_magazine_rounds(magazine) == retirer->open_rounds)
		close_open(retirer, magazine);
	else
		fmag_stack_push(&retirer->state->open, magazine);
	return FMAG_OK;
}

FMAG_COLD enum fmag_status fmag_retirer_gather(
	struct fmag_retirer *retirer, fmag_hpa_t frame)
{
	enum fmag_status status, loaded;

	/* A forked child's magazines have no room. */
	if (!fmag_cache_check_live(retirer->cache))
		return FMAG_ERR_INVALID;
	status = push(retirer, frame);
	if (status != FMAG_ERR_BUSY)
		return status;
	if (retirer->front.ops->has_slot(&retirer->front)) {
		loaded = load_empty(retirer);
		status = push(retirer, frame);
		if (status != FMAG_ERR_BUSY)
			return status;
		if (loaded == FMAG_ERR_NO_MEMORY)
			(void)fmag_retirer_give_up(
				retirer, fmag_front_cpu(&retirer->front));
	}
	return gather_open(retirer, frame);
}

static void close_all_open(struct fmag_retirer *retirer)
{
	struct fmag_magazine *magazine;

	for (unsigned i = 0; i < retirer->magazine_count; i++) {
		magazine = fmag_stack_pop(&retirer->state->open);
		if (magazine == NULL)
			return;
		fmag_magazine_leave_slot(magazine);
		fmag_retirer_part(retirer, magazine);
	}
}

/* A magazine that a CPU gathers in becomes pending, if it is to be had: not one
 * of `open`. */
static void take_back(
	struct fmag_retirer *retirer, struct fmag_magazine *magazine)
{
	struct fmag_front *front = &retirer->front;
	uint64_t word = fmag_load_relaxed(&magazine->word);

	if (!fmag_word_is_local(word) || fmag_word_rounds(word) == 0)
		return;
	if (front->ops->take_back(front, magazine) == FMAG_FRONT_DONE)
		fmag_retirer_part(retirer, magazine);
}

size_t fmag_retirer_flush(struct fmag_retirer *retirer)
{
	size_t sealed = 0;

	close_all_open(retirer);
	for (unsigned i = 0; i < retirer->magazine_count; i++) {
		take_back(retirer, fmag_retirer_magazine(retirer, i));
		sealed += fmag_retirer_seal(retirer, i);
	}
	return sealed;
}

/* The second time that poll finds the same fill gathering. */
static bool is_timed_out(struct fmag_retirer *retirer, unsigned index)
{
	uint64_t *seen = &retirer->seals[index].seen;
	uint64_t word =
		fmag_load_relaxed(&fmag_retirer_magazine(retirer, index)->word);

	if (!fmag_word_is_local(word) || fmag_word_rounds(word) == 0)
		return false;
	return fmag_exchange_relaxed(seen, fmag_fill(word)) == fmag_fill(word);
}

size_t fmag_retirer_poll(struct fmag_retirer *retirer, size_t budget)
{
	close_all_open(retirer);
	for (unsigned i = 0; i < retirer->magazine_count; i++) {
		if (is_timed_out(retirer, i))
			take_back(retirer, fmag_retirer_magazine(retirer, i));
	}
	return fmag_retirer_harvest_all(retirer, budget);
}
