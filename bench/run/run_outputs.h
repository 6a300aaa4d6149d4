/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `fmag-bench run` writes into its outputs.
 */
#ifndef BENCH_RUN_OUTPUTS_H
#define BENCH_RUN_OUTPUTS_H

#include "run/run_charts.h"
#include "run/run_result.h"
#include "support/outputs.h"

/* All that is wanted. False, after a message: some of it could not be written. */
bool run_outputs_write(
	const struct outputs *outputs, const struct run_findings *findings);

#endif
