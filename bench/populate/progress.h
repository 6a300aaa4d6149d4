/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells how far the run is, on standard error: one line that is rewritten on a
 * terminal, a line a section elsewhere.
 */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include "populate/result.h"

struct progress {
	bool terminal;
	double started;
	size_t slices;      /* in the whole run */
	size_t slices_done; /* by now */
};

void progress_start(struct progress *progress, size_t slices);
void progress_section(const struct progress *progress,
	const struct section *section, size_t rounds, double slice_seconds);

/* After a slice; `round` is the one that is on. */
void progress_slice(struct progress *progress, const struct section *section,
	size_t round, size_t rounds);

/* Leaves an empty line for what comes next. */
void progress_end(const struct progress *progress);

#endif
