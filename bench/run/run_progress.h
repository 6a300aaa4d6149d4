/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells how far `fmag-bench run` is: on a terminal, one line that is rewritten;
 * elsewhere nothing.
 */
#ifndef BENCH_RUN_PROGRESS_H
#define BENCH_RUN_PROGRESS_H

#include "run/run_result.h"

struct run_progress {
	bool terminal;
	size_t sections, rounds; /* in all; rounds of one section */
	size_t sections_done;
};

void run_progress_start(
	struct run_progress *progress, size_t sections, size_t rounds);
void run_progress_round(const struct run_progress *progress,
	const struct run_section *section, size_t round);

/* Leaves an empty line for what comes next. */
void run_progress_end(const struct run_progress *progress);

#endif
