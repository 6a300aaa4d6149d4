/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rseq front: what a hit does is a section (fmag/detail/rseq.h), which the
 * kernel aborts where anyone else comes to its CPU. So a CPU's loaded magazine
 * is used without a locked instruction, and from no other CPU; a detach takes
 * it away in two steps, with a barrier in between.
 *
 * A magazine on its way into a slot:
 *   1 enter_slot: it is LOCAL, its word is w
 *   2 a section on the CPU: if the word is w still, compare-and-swap it into
 *     the slot. The old one is out: no other section is on this CPU now
 *   3 leave_slot, of the old one: it is SHARED
 * Out of any CPU's slot, by anyone:
 *   1 compare-and-swap the stub into the slot
 *   2 barrier: every section on that CPU that may have seen the magazine has
 *     ended or was aborted
 *   3 leave_slot
 * A thread stopped between 1 and 3 leaves a LOCAL magazine that is in no slot.
 * Anyone who needs its frames frees it (free_transit):
 *   1 it is LOCAL, with word w, and in no slot: compare-and-swap w for w', by
 *     more moves than a push could make up for
 *   2 barrier on every CPU: whoever was about to install it with w has done so,
 *     or finds w' and will not
 *   3 it is in no slot: it comes into none any more
 *   4 barrier on every CPU: between 1 and 3 it may have been in one, until a
 *     detach that has not come to its own barrier; no section has it now
 *   5 compare-and-swap for SHARED, whatever moves others' steps 1 have made
 *
 * Invariants:
 *   R1 Into a slot a magazine comes only by a section on its CPU; out of it by
 *      one, or by a detach. So no section is ever fooled by a slot that changed
 *      and changed back.
 *   R2 A LOCAL magazine in a slot is written by sections of that CPU only, and
 *      by the steps 1 of free_transit that came too late: those change nothing
 *      but `moves`, and what a section overwrites of that is not missed.
 *   R3 Whoever makes a magazine SHARED knows that no section can write it: the
 *      one that displaced it by being on that CPU, the others by their barrier.
 *   R4 An install uses a word that its own compare-and-swap made.
 *
 * Ordering:
 *   sections' accesses   relaxed   one CPU's threads are ordered by its context
 *                                  switches, others by the barrier
 *   install's swap       acq_rel   partner of a detach's swap: the stub, and
 *                                  nothing before it, is found
 *   detach's swap        acq_rel   before the barrier
 *   slot loads of a scan acquire   after the barrier
 *   words                          as magazine/magazine.h says
 */
#include "base/atomic.h"
#include "front/section.h"

#if FMAG_HAS_RSEQ_

/* As in struct rseq; of each thread, since sections write to it. */
static __thread struct {
	uint32_t cpu_id_start;
	uint32_t cpu_id;
	uint64_t rseq_cs;
} no_area __attribute__((tls_model("initial-exec"))) = { .cpu_id = UINT32_MAX };

#ifdef FMAG_TSAN_SHIM
uint64_t fmag_section_edges[1u << FMAG_SECTION_EDGES_LOG2];
#endif

int64_t fmag_rseq_no_area(void)
{
	return (char *)&no_area - fmag_thread_pointer();
}

/* An operation aborted so often goes to the depot: a debugger's steps, say. */
#define TRIES 8

static fmag_hpa_t rseq_pop(struct fmag_front *front)
{
	fmag_hpa_t frame;

	for (unsigned i = 0; i < TRIES; i++) {
		switch (fmag_section_pop(front, &frame)) {
		case FMAG_RSEQ_DONE:
			return frame;
		case FMAG_RSEQ_REPEAT:
		case FMAG_RSEQ_MISS:
			return FMAG_HPA_NONE;
		case FMAG_RSEQ_ABORTED:
			break;
		}
	}
	return FMAG_HPA_NONE;
}

static struct fmag_slot *own_slot(const struct fmag_front *front)
{
	return fmag_front_slot(front, fmag_front_cpu(front));
}

static enum fmag_front_result rseq_push(
	struct fmag_front *front, fmag_hpa_t frame)
{
	for (unsigned i = 0; i < TRIES; i++) {
		switch (fmag_section_push(front, frame)) {
		case FMAG_RSEQ_DONE:
			return FMAG_FRONT_DONE;
		case FMAG_RSEQ_REPEAT:
			return FMAG_FRONT_REPEAT;
		case FMAG_RSEQ_MISS:
			return FMAG_FRONT_MISS;
		case FMAG_RSEQ_ABORTED:
			break;
		}
	}
	return FMAG_FRONT_MISS;
}

static size_t rseq_pop_many(
	struct fmag_front *front, fmag_hpa_t *frames, size_t count)
{
	size_t popped = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		if (fmag_section_pop_many(front, frames, count, &popped) !=
			FMAG_RSEQ_ABORTED)
			break;
	}
	return popped;
}

static size_t rseq_push_many(
	struct fmag_front *front, const fmag_hpa_t *frames, size_t count)
{
	size_t pushed = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		if (fmag_section_push_many(front, frames, count, &pushed) !=
			FMAG_RSEQ_ABORTED)
			break;
	}
	return pushed;
}

/*
 * A frame of whatever CPU this is by now; the one named is looked at only where
 * there is none. MISS: it was empty at the instant of that look, unless its
 * magazine was exchanged meanwhile, which moves tells.
 */
static enum fmag_front_result rseq_pop_on(
	struct fmag_front *front, unsigned cpu, fmag_hpa_t *frame)
{
	const struct fmag_slot *slot = fmag_front_slot(front, cpu);
	const struct fmag_magazine *loaded;

	*frame = rseq_pop(front);
	if (*frame != FMAG_HPA_NONE)
		return FMAG_FRONT_DONE;
	if (slot == NULL)
		return FMAG_FRONT_REFUSED;
	loaded = fmag_load_acquire(&slot->loaded);
	if (fmag_word_rounds(fmag_load_acquire(&loaded->word)) == 0)
		return FMAG_FRONT_MISS;
	return front->barrier != NULL ? FMAG_FRONT_ELSEWHERE
				      : FMAG_FRONT_REFUSED;
}

static enum fmag_front_result rseq_install(struct fmag_front *front,
	struct fmag_magazine *magazine, size_t limit,
	struct fmag_magazine **displaced)
{
	enum fmag_rseq_result result = FMAG_RSEQ_ABORTED;
	struct fmag_magazine *old;
	uint64_t word;

	*displaced = NULL;
	if (own_slot(front) == NULL)
		return FMAG_FRONT_REFUSED;
	word = fmag_magazine_enter_slot(magazine, limit);
	fmag_section_loading(magazine);
	for (unsigned i = 0; i < TRIES && result != FMAG_RSEQ_DONE; i++) {
		result = fmag_rseq_install(&front->hot, magazine, word, &old);
		if (result == FMAG_RSEQ_MISS)
			break;
	}
	if (result != FMAG_RSEQ_DONE) {
		fmag_magazine_leave_slot(magazine);
		return FMAG_FRONT_REFUSED;
	}
	*displaced = fmag_front_real(front, old);
	if (*displaced != NULL) {
		fmag_section_unloaded(*displaced);
		fmag_magazine_leave_slot(*displaced);
	}
	return FMAG_FRONT_DONE;
}

static enum fmag_front_result rseq_detach(
	struct fmag_front *front, unsigned cpu, struct fmag_magazine **magazine)
{
	struct fmag_slot *slot = fmag_front_slot(front, cpu);
	struct fmag_magazine *stub = fmag_front_stub(front), *loaded;

	*magazine = NULL;
	if (slot == NULL || front->barrier == NULL)
		return FMAG_FRONT_REFUSED;
	loaded = fmag_load_acquire(&slot->loaded);
	do {
		if (loaded == stub)
			return FMAG_FRONT_DONE;
	} while (!fmag_cas_acq_rel(&slot->loaded, &loaded, stub));
	/* Refused by now: left for free_transit, or for the cache's end. */
	if (!front->barrier((int)cpu))
		return FMAG_FRONT_REFUSED;
	fmag_section_unloaded(loaded);
	fmag_magazine_leave_slot(loaded);
	*magazine = loaded;
	return FMAG_FRONT_DONE;
}

static bool is_in_a_slot(
	const struct fmag_front *front, const struct fmag_magazine *magazine)
{
	for (unsigned cpu = 0; cpu < front->hot.cpu_count; cpu++) {
		const struct fmag_slot *slot = fmag_front_slot(front, cpu);

		if (fmag_load_acquire(&slot->loaded) == magazine)
			return true;
	}
	return false;
}

/* Steps 2 to 4. */
static bool keep_from_slots(
	const struct fmag_front *front, const struct fmag_magazine *magazine)
{
	return front->barrier(FMAG_EVERY_CPU) &&
		!is_in_a_slot(front, magazine) &&
		front->barrier(FMAG_EVERY_CPU);
}

static enum fmag_front_result rseq_free_transit(
	struct fmag_front *front, struct fmag_magazine *magazine)
{
	uint32_t period;
	uint64_t word = fmag_magazine_observe(magazine, &period);

	if (front->barrier == NULL)
		return FMAG_FRONT_REFUSED;
	do {
		if (!fmag_word_is_local(word) || is_in_a_slot(front, magazine))
			return FMAG_FRONT_REFUSED;
	} while (!fmag_magazine_advance(magazine, &word));
	if (!keep_from_slots(front, magazine))
		return FMAG_FRONT_REFUSED;
	fmag_section_unloaded(magazine);
	return fmag_magazine_leave_slot_since(magazine, period)
		? FMAG_FRONT_DONE
		: FMAG_FRONT_REFUSED;
}

static bool rseq_has_slot(const struct fmag_front *front)
{
	return own_slot(front) != NULL;
}

static uint64_t rseq_moves(const struct fmag_front *front, unsigned cpu)
{
	const struct fmag_slot *slot = fmag_front_slot(front, cpu);
	const struct fmag_magazine *loaded;

	if (slot == NULL)
		return 0;
	loaded = fmag_load_acquire(&slot->loaded);
	return fmag_word_moves(fmag_load_acquire(&loaded->word));
}

const struct fmag_front_ops fmag_front_rseq = {
	.pop = rseq_pop,
	.push = rseq_push,
	.pop_many = rseq_pop_many,
	.push_many = rseq_push_many,
	.pop_on = rseq_pop_on,
	.install = rseq_install,
	.detach = rseq_detach,
	.free_transit = rseq_free_transit,
	.has_slot = rseq_has_slot,
	.moves = rseq_moves,
};

#endif
