/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scenario: a small cache, the state it begins in, and what each thread does
 * to it. The explorer runs the threads in every order; docs/exploring.md says
 * how to write one.
 */
#ifndef TESTS_EXPLORE_SCENARIO_H
#define TESTS_EXPLORE_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_CPUS      2
#define MAX_NODES     2
#define MAX_THREADS   4
#define MAX_FRAMES    16
#define MAX_MAGAZINES 8
#define MAX_ROUNDS    4
#define MAX_RETIRING  4 /* magazines of a retirer */
#define MAX_OPS       12

/* The fronts that a scenario is run on. */
enum fronts {
	ON_CLAIM,
	ON_RSEQ,
	ON_BOTH,
	ON_OWNER
};

/* The call that ends or aborts other CPUs' sections (rseq). */
enum barrier {
	BARRIER_WORKS,
	BARRIER_REFUSED,
	BARRIER_MISSING
};

struct actor;

/* One call, on behalf of an actor; `argument` means what it says there. */
struct op {
	void (*run)(struct actor *actor, unsigned argument);
	unsigned argument;
	const char *name;
};

struct script {
	unsigned cpu;
	bool migrates; /* may find itself on another CPU at any step; MAX_CPUS
			* among them, which has no slot, if it begins there */
	/* Fewer schedules: once it goes on no event stops it, or but between ops. */
	bool runs_through;
	bool runs_ops_through;
	bool is_stepped; /* all its sections are aborted, as under a debugger */
	struct op before[MAX_OPS]; /* before the exploration, one by one */
	struct op ops[MAX_OPS];    /* explored */
};

struct scenario {
	const char *name;
	const char *about;
	enum fronts fronts;
	bool on_owner; /* too: each thread has a CPU of its own, and keeps it */
	unsigned rounds; /* a magazine's capacity */
	unsigned magazines;
	unsigned clean_magazines; /* of a place for clean frames; 0: none */
	unsigned frames;          /* the HAL's */
	unsigned spares;
	unsigned
		retire_magazines; /* of a retirer, as large; 0: there is none */
	unsigned nodes; /* 2: CPUs and frames are of one by turns; 0: one */
	unsigned limit; /* an account's; 0: there is none */
	struct script threads[MAX_THREADS]; /* those that have ops */

	/* What a handler does that enters a thread at any step, if anything. */
	struct op handler[MAX_OPS];
	unsigned handlers; /* how often in a schedule; 0: once */

	bool reentrant_hal;
	bool bulk_hal;   /* it has the verbs for runs */
	bool zeroed_hal; /* and its runs are of zeroed frames */
	bool zero_on_free;
	bool quarantines;    /* FMAG_FAULT_NO_ROOM is no error here */
	bool gives_too_much; /* FMAG_FAULT_NOT_CHARGED is what must come here */
	bool aborts; /* a section may be aborted at any step, by nobody here */
	enum barrier barrier;
	unsigned isolated;   /* CPUs that are never interrupted, a bit each */
	unsigned bound;      /* explored up to here by default; 0: 3 */
	unsigned rseq_bound; /* likewise, on the other fronts; 0: 2 */
	bool is_slow;   /* beyond bound 2 only where FMAG_TEST_ALL is set */
	bool is_broken; /* fails, and is run by its name only */
};

/* Ends with one that has no name. */
extern const struct scenario scenarios[];

#endif
