/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract of the fronts: how a caller reaches its CPU's magazines.
 *
 * A CPU works from two magazines (Bonwick and Adams 2001). `loaded` is LOCAL:
 * alloc takes from it and dealloc puts into it, and only a front lets them at
 * it. `previous` is SHARED: it changes places with loaded when that runs empty
 * or full, so that between two visits to the depot that exchange whole
 * magazines lie at least as many operations as a magazine has room for. No
 * front knows it: it is exchanged by the route (cache/route.c), and anyone may
 * take frames from it, as from any SHARED magazine, without asking its CPU.
 *
 * Where a CPU has no loaded magazine its slot is closed: it holds the stub,
 * which has no rounds and no room, so that pop and push miss without a test of
 * their own. Slots begin closed, and detach closes one.
 *
 *	         install               detach
 *	closed ----------->  open  ----------->  closed
 *	                     |  ^
 *	                     +--+ install: another magazine
 *
 * The claim and owner fronts also know BUSY: an operation is at the slot. A slot
 * that stays BUSY because its holder was stopped for ever is one its CPU does
 * without: every operation below then says MISS or REFUSED at once, and its
 * caller goes to the depot (G3). An install over a closed slot never waits.
 *
 * The operations, for the slot of the CPU the caller runs on when the operation
 * takes effect; `L` is its loaded magazine. Each takes effect at one instant
 * (G2) or not at all.
 *
 *   pop        if L has rounds:       take L's top; else MISS
 *   push(f)    if f is L's top:       REPEAT, nothing changes
 *              if L is below its limit: put f on L; else MISS
 *   pop_many   takes up to `count` frames, one or more, off the top, in any
 *              order; how many
 *   push_many  puts up to `count` frames, one or more, on top; 0 where the first
 *              lies there already; how many. No two in a row are the same.
 *   install(M, n) L := M, to be filled to n rounds; the old L comes out, or NULL
 *              where the slot was closed; or REFUSED and nothing changes. M is
 *              SHARED and held by the caller before, LOCAL after; the old L the
 *              other way round.
 *   detach(c)  of any CPU c, from any CPU: takes L out, SHARED, held by the
 *              caller, or NULL where the slot was closed; it is closed now.
 *              REFUSED where it is not to be had; where its CPU can be asked for
 *              it, that is done. The CPU opens it by an install.
 *   take_back(M) M was LOCAL when the caller looked. DONE: it was in a slot, as
 *              after a detach. FREED: it was in none, because a call stopped
 *              between the two; it is SHARED from now on, and that call's to
 *              hold. REFUSED: a call that has not returned has it, or it is
 *              SHARED already, or out of reach, or its stay was meant for a CPU
 *              without a slot.
 *   has_slot   false where the slot is BUSY or there is none: the operations
 *              above would have said MISS or REFUSED just now. A hint.
 *   reaches_loaded  whether detach and take_back can have other CPUs' magazines
 *              at all; once false, it stays so.
 *   moves      a count over all slots, which never falls: where two are equal,
 *              who held one BUSY holds it still, or found it empty.
 *
 * A stay (magazine/magazine.h) is apart where take_back and detach would be
 * REFUSED, from other CPUs, though nobody has the slot: what is pushed there is no
 * other CPU's.
 *
 * Who may write which word:
 *   slot's loaded                an install by a caller on that CPU, a detach
 *                                by anyone; by an atomic read-modify-write,
 *                                or whoever has a BUSY slot
 *   slot's previous              anyone, by an atomic exchange
 *   slot's limit                 anyone on that CPU, relaxed: a hint
 *   slot's is_asked              anyone sets it; its CPU takes it back
 *   slot's is_busy               front/owner.h
 *   word and frames[] of L       the operations of the slot's CPU, plainly
 *                                (LOCAL mode, magazine/magazine.h)
 *
 * Invariants:
 *   F1 A magazine is loaded in one slot at most, and then LOCAL and on no stack.
 *   F2 A frame is in L, or with whoever popped it, never both.
 *   F3 No operation waits or allocates. But for current_cpu, and for detach and
 *      take_back, which may interrupt CPUs, none calls anything.
 */
#ifndef FMAG_FRONT_FRONT_H
#define FMAG_FRONT_FRONT_H

#include <stdbool.h>

#include <fmag/cache.h>
#include <fmag/detail/layout.h>

#include "base/compiler.h"
#include "magazine/magazine.h"

/*
 * A host's own header, named by its build, with
 *
 *	static inline unsigned fmag_host_cpu(void)
 *
 * in place of the hook current_cpu: compiled in, a hit calls nothing
 * (src/freestanding/README.md).
 */
#ifdef FMAG_HOST_CPU_H
#include FMAG_HOST_CPU_H
#endif

struct fmag_front;

enum fmag_front_result {
	FMAG_FRONT_DONE = 0,
	FMAG_FRONT_MISS,   /* empty, or full, or not to be had */
	FMAG_FRONT_REPEAT, /* the frame lies on top already */
	FMAG_FRONT_REFUSED,
	FMAG_FRONT_FREED, /* SHARED now, but with another call */
};

struct fmag_front_ops {
	fmag_hpa_t (*pop)(struct fmag_front *front); /* MISS: NONE */
	enum fmag_front_result (*push)(
		struct fmag_front *front, fmag_hpa_t frame);
	size_t (*pop_many)(
		struct fmag_front *front, fmag_hpa_t *frames, size_t count);
	size_t (*push_many)(struct fmag_front *front, const fmag_hpa_t *frames,
		size_t count);
	enum fmag_front_result (*install)(struct fmag_front *front,
		struct fmag_magazine *magazine, size_t limit,
		struct fmag_magazine **displaced);
	enum fmag_front_result (*detach)(struct fmag_front *front, unsigned cpu,
		struct fmag_magazine **magazine);
	enum fmag_front_result (*take_back)(
		struct fmag_front *front, struct fmag_magazine *magazine);
	bool (*has_slot)(const struct fmag_front *front);
	uint64_t (*moves)(const struct fmag_front *front);
	bool (*reaches_loaded)(const struct fmag_front *front);
};

/* Of a magazine: not one itself, since that ends with its frames. */
typedef uint64_t __attribute__((may_alias)) fmag_stub_word;

/* Atomic, relaxed. Read by misses only. */
struct fmag_front_shared {
	uint64_t barriers;        /* calls of barrier */
	uint32_t barrier_refused; /* 1 once one was: none is called any more */
	/* Not 0: what is loaded now takes no frames (cache/evacuate.c). */
	uint32_t no_room;
};

/*
 * Read only after init. The slots follow it, FMAG_CACHE_SLOTS_ bytes from its
 * beginning.
 */
struct fmag_front {
	struct fmag_hot hot;
	/* What closed slots hold: a magazine's head; read only. */
	fmag_stub_word stub[FMAG_MAGAZINE_HEAD_SIZE_ / sizeof(uint64_t)];
	const struct fmag_front_ops *ops;
	unsigned (*current_cpu)(void *hook_ctx);
	void *hook_ctx;
	/*
	 * The rseq front's: when it returns true, every section that was under
	 * way on `cpu` has ended or was aborted; for FMAG_NO_CPU, that it would
	 * do so. NULL where the system has no such call, or the host does not
	 * want it.
	 */
	bool (*barrier)(int cpu);
	struct fmag_front_shared *shared; /* every front's */
	/* The owner front's: struct fmag_config. */
	uintptr_t (*mask)(void *hook_ctx);
	void (*unmask)(void *hook_ctx, uintptr_t state);
	void (*poke_cpu)(void *hook_ctx, unsigned cpu);
};

#define FMAG_NO_CPU (-1)

_Static_assert(sizeof(struct fmag_front) <= FMAG_CACHE_SLOTS_,
	"the slots come after the front");
_Static_assert(sizeof(struct fmag_slot) == FMAG_CACHE_SLOT_SIZE_ &&
		offsetof(struct fmag_slot, loaded) == FMAG_CACHE_SLOT_SIZE_ / 2,
	"the second line is the hot one");

/* Closes the slots of a front whose `hot` is set; each begins at `limit`. */
void fmag_front_init(struct fmag_front *front, const struct fmag_front_ops *ops,
	size_t limit);

/* The caller's CPU, as far as it can be told; may be cpu_count or more. */
static inline unsigned fmag_front_cpu(const struct fmag_front *front)
{
#ifdef FMAG_HOST_CPU_H
	(void)front;
	return fmag_host_cpu();
#else
	return front->current_cpu(front->hook_ctx);
#endif
}

/* CPU `cpu`'s slot; NULL where it has none. */
static inline struct fmag_slot *fmag_front_slot(
	const struct fmag_front *front, unsigned cpu)
{
	if (fmag_unlikely(cpu >= front->hot.cpu_count))
		return NULL;
	return (struct fmag_slot *)(void *)((char *)(uintptr_t)front +
		       FMAG_CACHE_SLOTS_) +
		cpu;
}

/* What a closed slot holds. */
static inline struct fmag_magazine *fmag_front_stub(
	const struct fmag_front *front)
{
	return (struct fmag_magazine *)(uintptr_t)front->stub;
}

/* A slot's magazine as others see it: NULL for the stub. */
static inline struct fmag_magazine *fmag_front_real(
	const struct fmag_front *front, struct fmag_magazine *magazine)
{
	return magazine != fmag_front_stub(front) ? magazine : NULL;
}

/* The fronts there are; each in a file of its own. */
extern const struct fmag_front_ops fmag_front_claim FMAG_HIDDEN;
extern const struct fmag_front_ops fmag_front_owner FMAG_HIDDEN;
extern const struct fmag_front_ops fmag_front_rseq FMAG_HIDDEN;

/*
 * What a front without rseq has for struct fmag_hot's rseq_offset: where there
 * is no CPU that has a slot.
 */
int64_t fmag_rseq_no_area(void);

#endif
