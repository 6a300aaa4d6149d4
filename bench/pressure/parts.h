/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of `fmag-bench pressure`: each fills in its lists. False: after a
 * message, or interrupted.
 */
#ifndef BENCH_PRESSURE_PARTS_H
#define BENCH_PRESSURE_PARTS_H

#include "pressure/pressure_result.h"

bool pressure_full(struct pressure_findings *findings);
bool pressure_taking(struct pressure_findings *findings);
bool pressure_return(struct pressure_findings *findings);
bool pressure_traffic(struct pressure_findings *findings);

#endif
