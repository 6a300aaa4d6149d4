/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subject of `fmag-bench run`: an allocator that lives in a process of its
 * own, and the measured loops, compiled for it alone (run/loops.h). To add one,
 * write a file as run/subject_arena.c is, and name it in run/subjects.c and CMakeLists.txt.
 */
#ifndef BENCH_RUN_SUBJECT_H
#define BENCH_RUN_SUBJECT_H

#include "run/ring.h"

#include <fmag/types.h>

#include <stdatomic.h>

/* Frames that a thread has out at most, and that a bulk call takes. */
#define RUN_BATCH 512
#define RUN_BULK  32

/* Frames that a thread keeps during a burst, less than that. */
#define RUN_MAX_HELD 1024

/* run/workload.c says what each is. */
enum run_workload {
	RUN_PAIR,
	RUN_LIFO,
	RUN_RANDOM,
	RUN_BULKS,
	RUN_PRODCONS,
	RUN_WORKLOADS,
};

/* One thread's; a burst is `iterations` of a workload, without a pause. */
struct run_burst {
	void *ctx; /* the subject's */
	size_t iterations;
	unsigned thread;
	atomic_bool failed; /* an allocation did */
	struct run_ring *ring;
	uint16_t order[RUN_BATCH]; /* 0 to RUN_BATCH - 1, shuffled */
	fmag_hpa_t frames[RUN_BATCH];
	size_t held_count;
	fmag_hpa_t held[RUN_MAX_HELD];
};

typedef void run_loop(struct run_burst *burst);

/* All of run/loops.h. */
struct run_loops {
	run_loop *bursts[RUN_WORKLOADS];
	run_loop *hold;    /* before a burst: allocates the frames held */
	run_loop *release; /* after it: frees them */
};

struct run_subject {
	const char *name;

	/* Waits by spinning, so must not run with more threads than CPUs. */
	bool spins;

	/*
	 * Called in the subject's process. Makes an allocator of `frames`
	 * frames of 4 KiB, whose memory nobody touches. FMAG_ERR_UNSUPPORTED:
	 * this machine cannot have it, and it is left out.
	 */
	enum fmag_status (*open)(size_t frames, void **ctx);

	/* False, after a message: frames were lost. */
	bool (*close)(void *ctx);

	struct run_loops loops;
};

#endif
