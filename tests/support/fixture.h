/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache over a test HAL, in which one thread can play any CPU, and faults
 * are recorded instead of ending the program.
 */
#ifndef TESTS_SUPPORT_FIXTURE_H
#define TESTS_SUPPORT_FIXTURE_H

#include <fmag/fmag.h>

#include "cache/cache.h"
#include "support/test_hal.h"

struct fixture {
	struct test_hal hal;
	struct fmag_cache *cache;
	unsigned cpu;  /* the CPU the thread plays */
	void *storage; /* the cache's, of the fixture's; or NULL */
	unsigned faults;
	struct fmag_fault last_fault;
};

/* A configuration whose hooks are the fixture's; change the rest at will. */
struct fmag_config fixture_config(struct fixture *fixture, unsigned cpus,
	unsigned rounds, unsigned magazines);

/* Options for a HAL with all verbs over `frames` PROT_NONE frames. */
struct test_hal_options fixture_hal_options(size_t frames);

/* A cache of `config` over a HAL of `options`; fails the test if it cannot. */
void fixture_init(struct fixture *fixture, struct test_hal_options options,
	const struct fmag_config *config);

/*
 * As fixture_init(), in `storage` of `size` bytes, which a forked child keeps; it
 * is ended by fmag_cache_fini().
 */
void fixture_init_in(struct fixture *fixture, struct test_hal_options options,
	const struct fmag_config *config, void *storage, size_t size);

/* The usual: `cpus` played CPUs over a HAL with all verbs. */
void fixture_init_simple(struct fixture *fixture, size_t frames, unsigned cpus,
	unsigned rounds, unsigned magazines);

/*
 * As fixture_init(), on the rseq front of `platform`, which is the system's, or
 * the one below, in storage that a forked child keeps. The configuration's
 * current_cpu is left out.
 */
void fixture_init_on_rseq(struct fixture *fixture,
	struct test_hal_options options, const struct fmag_config *config,
	const struct fmag_platform *platform);

/* As either, on `front`; on rseq of the platform below. */
void fixture_init_on(struct fixture *fixture, enum fmag_front_kind front,
	struct test_hal_options options, const struct fmag_config *config);

/* An area of the test's own: the CPUs are played, and nobody else runs. */
struct fmag_platform fixture_played_rseq(void);

/* The thread plays that CPU from now on, on whichever front. */
void fixture_play(struct fixture *fixture, unsigned cpu);

/*
 * Destroys the cache. Fails the test unless it says that `out` frames are
 * still out, and the HAL agrees (G1), and every magazine is where one may be.
 */
void fixture_fini(struct fixture *fixture, size_t out);

/* The hooks, for tests that make their own cache; hook_ctx is the fixture. */
unsigned fixture_current_cpu(void *hook_ctx);
void fixture_on_fault(void *hook_ctx, const struct fmag_fault *fault);

/* A cpu_is_isolated: none, whatever the machine says, so that all is in reach. */
bool fixture_no_cpu(void *hook_ctx, unsigned cpu);

struct fmag_cache_stats fixture_stats(struct fixture *fixture);

#endif
