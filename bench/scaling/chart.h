/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The predicted speed-up by CPUs: a line for each workload on the first front
 * that was asked for, the ideal, and the list under a lock.
 */
#ifndef BENCH_SCALING_CHART_H
#define BENCH_SCALING_CHART_H

#include "scaling/findings.h"

#include <stdio.h>

/* False, after a message. */
bool scaling_chart_draw(
	FILE *output, bool png, const struct findings *findings);

#endif
