/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world: all that a schedule changes, in one piece of static memory, so
 * that the next schedule begins with a copy of what this one began with.
 */
#ifndef TESTS_EXPLORE_WORLD_H
#define TESTS_EXPLORE_WORLD_H

#include <stdint.h>

#include <fmag/account.h>
#include <fmag/clean.h>
#include <fmag/reserve.h>

#include "cache/cache.h"
#include "explore/scenario.h"
#include "retire/retirer.h"
#include "support/slot_view.h"

#define NESTING  2 /* a thread, and a handler that interrupted it */
#define MAX_HELD 8

/* The cache, and the one that its clean frames lie in. */
#define MAX_CACHES 2
#define MAX_SLOTS  (MAX_CACHES * MAX_CPUS)

/* Up to where another one may begin. */
#define WORLD_CACHE_SIZE(magazines, rounds, nodes)                  \
	FMAG_ROUND_UP_(FMAG_CACHE_STORAGE_SIZE_ON_NODES(            \
			       MAX_CPUS, magazines, rounds, nodes), \
		FMAG_CACHE_ALIGN)

/* One call into the cache that has not returned. */
struct call {
	const char *name; /* NULL: none is under way */
	bool allocates;
	bool met_hal; /* it has called the HAL */
	bool may_call_hal;
	bool is_charged;    /* to the account */
	bool had_no_credit; /* at an instant no word of the account had any */
	uint8_t frames;     /* in its hands at most */
	/*
	 * Instants at which there was no frame to be had (history.c), the first
	 * for each set of threads with magazines on their way; 0: none.
	 */
	uint16_t none_at[1 << MAX_THREADS];
};

/* A flow of control that owns frames. */
struct actor {
	struct call call;
	uint8_t thread;
	uint8_t depth;   /* 1: the handler that interrupts the thread */
	bool is_aborted; /* its section is, if it is in one */
	uint8_t held_count;
	fmag_hpa_t held[MAX_HELD];
	struct fmag_magazine *magazine; /* held by it between two ops */
	uint64_t entered;               /* the stay it began (op_enter) */
};

struct thread_state {
	unsigned cpu;
	uint32_t hal_mark;
	uint8_t in_hal; /* calls of the HAL that have not returned */
	uint8_t depth;
	uint16_t last_seen; /* world.now at its last step */
	struct actor actors[NESTING];
};

/* Who claimed a slot that is BUSY. */
struct holder {
	bool is_held;
	uint8_t thread;
	uint8_t depth;
};

struct world {
	struct thread_state threads[MAX_THREADS];
	struct holder holders[MAX_SLOTS];
	/* Magazines' words as they were at the last step, and M3's counts. */
	uint64_t words[MAX_MAGAZINES];
	uint64_t shared_moves[MAX_MAGAZINES];
	/* With whom one with frames is that is on its way, as a bit; or 0. */
	uint8_t transits[MAX_MAGAZINES];
	uint16_t now;              /* counts what history_observe() looks at */
	unsigned open_allocs;      /* calls that have not returned */
	uint8_t owner[MAX_FRAMES]; /* 0: nobody; an actor's number otherwise */

	/* The HAL. */
	uint8_t hal_free_count;
	uint8_t hal_free[MAX_FRAMES];
	uint8_t is_in_hal[MAX_FRAMES];
	/* Those that it is not to give out any more, and those that it has. */
	uint8_t is_offline[MAX_FRAMES];
	uint8_t hal_offline_count;
	/* And those that no magazine may have, by what a call returned. */
	uint8_t is_evacuated[MAX_FRAMES];

	uint8_t is_quarantined[MAX_FRAMES];
	uint8_t is_zero[MAX_FRAMES]; /* nobody had it since it was zeroed */

	/* The account, and what it is charged with by calls that returned. */
	unsigned charged;
	unsigned faults_not_charged;
	char account[FMAG_ACCOUNT_STORAGE_SIZE(MAX_CPUS)]
		__attribute__((aligned(FMAG_ACCOUNT_ALIGN)));

	struct fmag_reserve reserve; /* of the one thread that has ops on it */

	/*
	 * Grace periods: the last ticket, and the last one that is over. A frame
	 * that was retired may be given out when a ticket is over that was given
	 * after its retire began: one above retired_after[], less one; 0: it was
	 * not retired.
	 */
	uint64_t grace_started;
	uint64_t grace_over;
	uint64_t retired_after[MAX_FRAMES];

	/* The caches, last, and behind them a retirer: only as much of it as is
	 * used is copied. */
	char storage[WORLD_CACHE_SIZE(MAX_MAGAZINES, MAX_ROUNDS, MAX_NODES) +
		FMAG_CLEAN_STORAGE_SIZE(
			MAX_CPUS, MAX_MAGAZINES, MAX_ROUNDS, MAX_NODES) +
		FMAG_CACHE_ALIGN +
		FMAG_RETIRER_STORAGE_SIZE(MAX_CPUS, MAX_RETIRING, MAX_ROUNDS)]
		__attribute__((aligned(FMAG_CACHE_ALIGN)));
};

extern struct world world;

/* What does not change while a scenario is explored. */
struct stage {
	const struct scenario *scenario;
	struct fmag_cache *cache;
	struct fmag_account *account; /* or NULL */
	struct fmag_retirer *retirer; /* NULL: none */
	struct fmag_cache *clean;     /* NULL: it has none */
	struct fmag_depot *depot;
	/* Of both, those of the clean cache after the cache's. */
	unsigned slot_count;
	unsigned magazine_count;
	const struct fmag_slot *slots[MAX_SLOTS];
	struct fmag_magazine *magazines[MAX_MAGAZINES];
	/* CPUs whose magazine others' allocs can have, a bit each. */
	unsigned reached;
	enum fmag_front_kind front;
	unsigned thread_count;
	unsigned node_count;
	size_t world_size; /* bytes in use */
};

extern struct stage stage;

/*
 * Builds the scenario's world, on one of its fronts, and runs what comes before
 * the exploration.
 */
void world_build(const struct scenario *scenario, enum fmag_front_kind front);

/* Whether a magazine is LOCAL and in no slot: on its way, on the rseq front. */
bool world_is_in_transit(const struct fmag_magazine *magazine);

/* Whether an alloc can have the magazine that another CPU works from. */
static inline bool world_reaches(unsigned cpu)
{
	return (stage.reached & 1u << cpu) != 0;
}

/* Of all words of the account. */
unsigned world_credits(void);
/* Whether the retirer has a frame whose grace is over, where all find it. */
bool world_has_frames_over(void);

/* What the next schedules begin with. */
void world_keep(void);
void world_restore(void);

/* A schedule's intermission: `saved` is the caller's. */
void world_save(struct world *saved);
void world_return_to(const struct world *saved);

/* Frames as numbers. */
#define FRAME_BASE ((fmag_hpa_t)0x100000)
#define FRAME_SIZE ((size_t)4096)

fmag_hpa_t frame_address(unsigned index);
/* MAX_FRAMES for what is no frame of this HAL. */
unsigned frame_index(fmag_hpa_t frame);

static inline struct fmag_magazine *world_magazine(unsigned index)
{
	return stage.magazines[index];
}

/* Its number; stage.magazine_count or more for what is none. */
unsigned world_magazine_index(const void *inside);

/* That of a slot. */
static inline const struct fmag_front *world_front(unsigned slot)
{
	return slot < MAX_CPUS ? &stage.cache->front : &stage.clean->front;
}

static inline const struct fmag_slot *world_slot(unsigned slot)
{
	return stage.slots[slot];
}

/* Without a step. */
static inline size_t rounds_of(const struct fmag_magazine *magazine)
{
	return fmag_word_rounds(magazine->word);
}

#endif
