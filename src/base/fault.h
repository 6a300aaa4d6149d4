/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a cache's faults go.
 */
#ifndef FMAG_BASE_FAULT_H
#define FMAG_BASE_FAULT_H

#include <fmag/fault.h>

#include "base/compiler.h"

struct fmag_fault_sink {
	void (*on_fault)(void *hook_ctx, const struct fmag_fault *fault);
	void *hook_ctx;
	struct fmag_cache *cache;
	uint64_t *count; /* atomic, relaxed: statistics */
};

/* Reports one fault. Returns if the host's on_fault does. */
void fmag_fault_raise(const struct fmag_fault_sink *sink,
	enum fmag_fault_kind kind, fmag_hpa_t paddr);

/* What a host that sets no on_fault gets: fmag_panic() with the message. */
void fmag_fault_panics(
	void *hook_ctx, const struct fmag_fault *fault) FMAG_HIDDEN;

#endif
