/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of `fmag-bench pressure` as tables.
 */
#ifndef BENCH_PRESSURE_REPORT_H
#define BENCH_PRESSURE_REPORT_H

#include "pressure/pressure_result.h"

#include <stdio.h>

void pressure_report_print(
	FILE *file, const struct pressure_findings *findings);

#endif
