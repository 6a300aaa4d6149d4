/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rseq front: what a hit does is a section (fmag/detail/rseq.h), which the
 * kernel aborts where anyone else comes to its CPU. So a CPU's loaded magazine
 * is used without a locked instruction, and from no other CPU; a detach takes
 * it away in two steps, with a barrier in between.
 *
 * A magazine on its way into a slot:
 *   1 enter_slot: it is LOCAL, for a stay s in that slot
 *   2 a section on the slot's CPU: if s is not over, compare-and-swap it into
 *     the slot. The old one is out: no other section is on this CPU now
 *   3 leave_slot, of the old one: it is SHARED
 * Out of any CPU's slot, by anyone:
 *   1 compare-and-swap the stub into the slot
 *   2 barrier: every section on that CPU that may have seen the magazine has
 *     ended or was aborted
 *   3 leave_slot
 * A thread stopped between 1 and 3 leaves a LOCAL magazine that is in no slot.
 * Anyone who needs its frames frees it (take_back); s is meant for CPU c:
 *   1 it is LOCAL, and not in c's slot: the stay is over
 *   2 barrier on c: a section that was about to install it has done so, or was
 *     aborted; others find that the stay is over
 *   3 it is not in c's slot: it comes into none any more. (If it is, it is taken
 *     out as above)
 *   4 barrier on c: between 1 and 3 it may have been in the slot, until a detach
 *     that has not come to its own barrier; no section has it now
 *   5 compare-and-swap for SHARED, if this is the same stay
 *
 * An isolated CPU is not interrupted: no barrier, no detach, no take_back. Its
 * stays are apart, so that its pushes are counted for nothing (magazine.h, M3).
 * What others want of it they ask for: it gives up its magazine at its next
 * miss. So it is with all CPUs where there is no barrier.
 *
 * Invariants:
 *   R1 Into a slot a magazine comes only by a section on its CPU; out of it by
 *      one, or by a detach. So no section is ever fooled by a slot that changed
 *      and changed back.
 *   R2 A LOCAL magazine's word is written by sections on the CPU of its stay
 *      only, until it is made SHARED.
 *   R3 Whoever makes a magazine SHARED knows that no section can write it: the
 *      one that displaced it by being on that CPU, the others by their barrier.
 *   R4 A section installs a magazine only in the stay that its own thread began,
 *      only on the CPU that this is meant for, and only while it is not over.
 *
 * Ordering:
 *   sections' accesses   relaxed   one CPU's threads are ordered by its context
 *                                  switches, others by the barrier
 *   install's swap       acq_rel   partner of a detach's swap: the stub, and
 *                                  nothing before it, is found
 *   detach's swap        acq_rel   before the barrier
 *   is_asked             relaxed   a request
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

static bool rseq_reaches_loaded(const struct fmag_front *front)
{
	return front->barrier != NULL &&
		fmag_load_relaxed(&front->shared->barrier_refused) == 0;
}

static bool can_interrupt(
	const struct fmag_front *front, const struct fmag_slot *slot)
{
	return slot->is_isolated == 0 && rseq_reaches_loaded(front);
}

/* False where it is refused: by now, and so from now on. */
static bool call_barrier(const struct fmag_front *front, int cpu)
{
	if (fmag_likely(front->barrier(cpu)))
		return true;
	fmag_store_relaxed(&front->shared->barrier_refused, 1u);
	return false;
}

static bool interrupt(const struct fmag_front *front, unsigned cpu)
{
	fmag_add_relaxed(&front->shared->barriers, 1);
	return call_barrier(front, (int)cpu);
}

/*
 * Before a magazine is taken out of the slot: it could not be put back. Its CPU
 * is asked for it where it is not to be had like this.
 */
static bool may_take_out(struct fmag_front *front, struct fmag_slot *slot)
{
	if (can_interrupt(front, slot) && call_barrier(front, FMAG_NO_CPU))
		return true;
	fmag_store_relaxed(&slot->is_asked, 1u);
	return false;
}

/* One try, on the CPU that this is now. MISS: another freed its magazine. */
static enum fmag_rseq_result install_here(struct fmag_front *front,
	struct fmag_magazine *magazine, size_t limit,
	struct fmag_magazine **old)
{
	unsigned cpu = fmag_front_cpu(front);
	const struct fmag_slot *slot = fmag_front_slot(front, cpu);
	enum fmag_rseq_result result = FMAG_RSEQ_ABORTED;
	uint64_t stay;

	if (slot == NULL)
		return FMAG_RSEQ_MISS;
	stay = fmag_magazine_enter_slot(magazine, limit,
		&front->shared->no_room, cpu, !can_interrupt(front, slot));
	fmag_section_loading(magazine);
	for (unsigned i = 0; i < TRIES && result == FMAG_RSEQ_ABORTED &&
		fmag_front_cpu(front) == cpu;
		i++)
		result = fmag_rseq_install(
			&front->hot, magazine, stay, cpu, old);
	if (result != FMAG_RSEQ_DONE)
		fmag_magazine_leave_slot(magazine);
	return result;
}

static enum fmag_front_result rseq_install(struct fmag_front *front,
	struct fmag_magazine *magazine, size_t limit,
	struct fmag_magazine **displaced)
{
	enum fmag_rseq_result result = FMAG_RSEQ_ABORTED;
	struct fmag_magazine *old;

	*displaced = NULL;
	for (unsigned i = 0; i < TRIES && result == FMAG_RSEQ_ABORTED; i++)
		result = install_here(front, magazine, limit, &old);
	if (result != FMAG_RSEQ_DONE)
		return FMAG_FRONT_REFUSED;
	*displaced = fmag_front_real(front, old);
	if (*displaced != NULL) {
		fmag_section_unloaded(*displaced);
		fmag_magazine_leave_slot(*displaced);
	}
	return FMAG_FRONT_DONE;
}

/* What a compare-and-swap took out of a CPU's slot. */
static enum fmag_front_result unload(const struct fmag_front *front,
	unsigned cpu, struct fmag_magazine *magazine)
{
	/* Where it is refused after all: out of reach, until the cache's end. */
	if (!interrupt(front, cpu))
		return FMAG_FRONT_REFUSED;
	fmag_section_unloaded(magazine);
	fmag_magazine_leave_slot(magazine);
	return FMAG_FRONT_DONE;
}

static enum fmag_front_result rseq_detach(
	struct fmag_front *front, unsigned cpu, struct fmag_magazine **magazine)
{
	struct fmag_slot *slot = fmag_front_slot(front, cpu);
	struct fmag_magazine *stub = fmag_front_stub(front), *loaded;
	enum fmag_front_result result;

	*magazine = NULL;
	if (slot == NULL)
		return FMAG_FRONT_REFUSED;
	loaded = fmag_load_acquire(&slot->loaded);
	if (loaded != stub && !may_take_out(front, slot))
		return FMAG_FRONT_REFUSED;
	do {
		if (loaded == stub)
			return FMAG_FRONT_DONE;
	} while (!fmag_cas_acq_rel(&slot->loaded, &loaded, stub));
	result = unload(front, cpu, loaded);
	if (result == FMAG_FRONT_DONE)
		*magazine = loaded;
	return result;
}

static bool take_out(const struct fmag_front *front, struct fmag_slot *slot,
	struct fmag_magazine *magazine)
{
	return fmag_cas_acq_rel(
		&slot->loaded, &magazine, fmag_front_stub(front));
}

/* It was in no slot. */
static enum fmag_front_result free_transit(const struct fmag_front *front,
	struct fmag_slot *slot, struct fmag_magazine *magazine, uint64_t stay)
{
	unsigned cpu = fmag_stay_cpu(stay);

	if (!fmag_magazine_end_stay(magazine, stay) || !interrupt(front, cpu))
		return FMAG_FRONT_REFUSED;
	if (take_out(front, slot, magazine))
		return unload(front, cpu, magazine);
	if (!interrupt(front, cpu))
		return FMAG_FRONT_REFUSED;
	fmag_section_unloaded(magazine);
	return fmag_magazine_leave_slot_since(magazine, stay)
		? FMAG_FRONT_FREED
		: FMAG_FRONT_REFUSED;
}

static enum fmag_front_result rseq_take_back(
	struct fmag_front *front, struct fmag_magazine *magazine)
{
	uint64_t stay, word = fmag_magazine_observe(magazine, &stay);
	unsigned cpu = fmag_stay_cpu(stay);
	struct fmag_slot *slot = fmag_front_slot(front, cpu);

	if (!fmag_word_is_local(word) || slot == NULL ||
		!may_take_out(front, slot))
		return FMAG_FRONT_REFUSED;
	if (take_out(front, slot, magazine))
		return unload(front, cpu, magazine);
	return free_transit(front, slot, magazine, stay);
}

static bool rseq_has_slot(const struct fmag_front *front)
{
	return fmag_front_slot(front, fmag_front_cpu(front)) != NULL;
}

/* No slot is ever BUSY. */
static uint64_t rseq_moves(const struct fmag_front *front)
{
	(void)front;
	return 0;
}

const struct fmag_front_ops fmag_front_rseq = {
	.pop = rseq_pop,
	.push = rseq_push,
	.pop_many = rseq_pop_many,
	.push_many = rseq_push_many,
	.install = rseq_install,
	.detach = rseq_detach,
	.take_back = rseq_take_back,
	.has_slot = rseq_has_slot,
	.moves = rseq_moves,
	.reaches_loaded = rseq_reaches_loaded,
};

#endif
