/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measuring of `fmag-bench run`: subjects in turns, section by section.
 */
#ifndef BENCH_RUN_MEASURE_H
#define BENCH_RUN_MEASURE_H

#include "run/run_result.h"

/*
 * Returns the exit status; after a message, if it is not 0. `*findings` is to be
 * closed by run_findings_close() in any case.
 */
int run_measure(const struct machine *machine,
	const struct run_options *options, struct run_findings *findings);

#endif
