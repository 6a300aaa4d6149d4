/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subject of `fmag-bench run`: an allocator, and the measured loops compiled
 * for it alone (serve/loops.h), in a program of its own (serve/main.c).
 * subjects/README.md says how to add one.
 */
#ifndef BENCH_SERVE_SUBJECT_H
#define BENCH_SERVE_SUBJECT_H

#include "serve/ring.h"
#include "serve/workload.h"

#include <fmag/types.h>

#include <stdatomic.h>

/* Bytes. */
#define RUN_FRAME_SIZE 4096

/* One thread's; a burst is `iterations` of a workload, without a pause. */
struct run_burst {
	void *ctx; /* the subject's */
	size_t iterations;
	unsigned thread;
	atomic_bool failed; /* an allocation did */
	struct run_ring *ring;
	uint16_t order[RUN_BATCH]; /* 0 to RUN_BATCH - 1, shuffled */
	fmag_hpa_t frames[RUN_GUEST];
	size_t ready; /* frames that are to be clean before it, of all threads */
	size_t held_count;
	fmag_hpa_t held[RUN_MAX_HELD];

	/* where each call is timed by itself: how many were, and the ticks of
	 * each, the clock's own included */
	size_t timed;
	uint64_t alloc_ticks[RUN_MAX_TIMED], free_ticks[RUN_MAX_TIMED];

	/* where a part of each iteration is timed: ticks of all of them */
	uint64_t ticks;

	atomic_bool *over;                 /* of RUN_BESIDE: thread 0 is done */
	_Atomic uint64_t table[RUN_PAGES]; /* of RUN_FAULTS: the guest's */

	/* of RUN_FILL, RUN_EXHAUST and RUN_KEEP: `iterations` frames, and how
	 * many came; of RUN_DROP: those */
	fmag_hpa_t *all;
	size_t all_count;

	/* of RUN_SCARCE, which takes as many microseconds as `iterations` */
	atomic_size_t *left; /* frames that nobody wants, of all threads */
	size_t most;         /* frames of a batch; RUN_GUEST at most */
	uint64_t seed;
	uint64_t wanted, missed; /* in the last burst */
};

typedef void run_loop(struct run_burst *burst);

/* All of serve/loops.h. */
struct run_loops {
	run_loop *bursts[RUN_LOOPS_COUNT];
	run_loop *hold;    /* before a burst: allocates the frames held */
	run_loop *release; /* after it: frees them */
};

/* Of subjects that have a known number of frames. */
struct run_inventory {
	size_t frames;
	size_t metadata_bytes;   /* to manage them; none of it in a frame */
	size_t frames_cacheable; /* that the metadata is for; 0: all of them */
};

struct run_subject {
	/* Waits by spinning, so must not run with more threads than CPUs. */
	bool spins;

	/* What it is exactly, "DPDK 22.11.11"; NULL: it is fmag's or ours. */
	const char *(*version)(void);

	/*
	 * Makes an allocator of `frames` frames of 4 KiB, whose memory was
	 * touched, if it is known. FMAG_ERR_UNSUPPORTED: this machine cannot have
	 * it, and it is left out.
	 */
	enum fmag_status (*open)(size_t frames, void **ctx);

	/* False, after a message: frames were lost. */
	bool (*close)(void *ctx);

	/* NULL: it has as many frames as the system gives it. */
	struct run_inventory (*inventory)(void *ctx);

	/* On each thread, first and last; NULL: nothing to do. False: failed. */
	bool (*enter)(void *ctx, unsigned thread);
	void (*leave)(void *ctx);

	struct run_loops loops;
};

/* The one of this program. */
extern const struct run_subject run_subject;

#endif
