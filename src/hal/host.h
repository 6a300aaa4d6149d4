/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host: its HAL, with everything that comes out of it checked, counted,
 * and kept from being entered twice where it cannot bear that (G6).
 *
 * The mark. A HAL without FMAG_HAL_REENTRANT must not be entered by a handler
 * that interrupted one of its calls: it would wait for its own lock for ever.
 * So each call of such a HAL, but for the two translations, is put between a
 * rise and a fall of a counter that the handler sees (a thread's, hosted; a
 * CPU's, freestanding), and whoever sees it raised leaves the HAL alone.
 */
#ifndef FMAG_HAL_HOST_H
#define FMAG_HAL_HOST_H

#include <stdbool.h>

#include <fmag/cache.h>
#include <fmag/hal.h>

#include "base/fault.h"

struct fmag_host {
	/* Set at init, read only since. */
	struct fmag_hal hal;
	struct fmag_hal_ops ops; /* the host's, NULL where it has none */
	uint32_t *(*mark)(void *hook_ctx);
	void *hook_ctx;
	struct fmag_fault_sink faults;

	/* Counters: atomic, relaxed. */
	struct fmag_host_counters {
		uint64_t frames_out; /* taken from the HAL, not given back */
		uint64_t alloc_calls;
		uint64_t dealloc_calls;
	} * counters;
};

/*
 * FMAG_OK, or FMAG_ERR_INVALID for a HAL that lacks a verb or has an impossible
 * frame size.
 */
enum fmag_status fmag_hal_check(const struct fmag_hal *hal);

/* Copies a HAL that fmag_hal_check() passed. The other members are set by the
 * caller. */
void fmag_host_set_hal(struct fmag_host *host, const struct fmag_hal *hal);

/* True where `paddr` can be the address of one of the host's frames. */
bool fmag_host_is_frame(const struct fmag_host *host, fmag_hpa_t paddr);

/*
 * Between enter and leave the HAL may be called, more than once. False: it may
 * not be called here, and there is nothing to leave.
 */
bool fmag_host_enter(struct fmag_host *host, uint32_t **mark);
void fmag_host_leave(uint32_t *mark);

/* True where enter would say so here. */
bool fmag_host_is_open(const struct fmag_host *host);

/* False where the HAL has no such verb, or never such a run. */
bool fmag_host_has_runs(const struct fmag_host *host, size_t count);

/* False where it cannot be asked for a node's frames. */
static inline bool fmag_host_knows_nodes(const struct fmag_host *host)
{
	return host->ops.alloc_frames != NULL;
}

/* Between enter and leave. */

/* Longest run of frames moved in one call of the bulk verbs; the benchmark tries
 * others. */
#ifndef FMAG_HAL_RUN
#define FMAG_HAL_RUN 64
#endif

/*
 * Takes up to `count` frames, at most FMAG_HAL_RUN, by the bulk verb where
 * there is one; of `node`, if that is not FMAG_NODE_ANY and the HAL
 * fmag_host_knows_nodes(). Those that are none, misaligned or repeated are reported and
 * left out. *flags: what the HAL says of all of them. Returns how many.
 */
size_t fmag_host_take(struct fmag_host *host, int node, fmag_hpa_t *frames,
	size_t count, unsigned *flags);

/* Gives frames back. */
void fmag_host_give(
	struct fmag_host *host, const fmag_hpa_t *frames, size_t count);

/* A run of a count that fmag_host_has_runs(); FMAG_HPA_NONE where the HAL has
 * none. */
fmag_hpa_t fmag_host_take_run(
	struct fmag_host *host, size_t count, size_t align);
void fmag_host_give_run(struct fmag_host *host, fmag_hpa_t paddr, size_t count);

/* Fills a frame that is not mapped. The HAL has fill_frame. */
void fmag_host_fill(struct fmag_host *host, fmag_hpa_t paddr, uint8_t byte);

#endif
