/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `fmag-bench pressure` writes into its outputs.
 */
#ifndef BENCH_PRESSURE_OUTPUTS_H
#define BENCH_PRESSURE_OUTPUTS_H

#include "pressure/pressure_result.h"
#include "support/outputs.h"

/* All that is wanted. False, after a message: some of it could not be written. */
bool pressure_outputs_write(const struct outputs *outputs,
	const struct pressure_findings *findings);

#endif
