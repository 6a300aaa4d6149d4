/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of `fmag-bench run` as a table.
 */
#ifndef BENCH_RUN_REPORT_H
#define BENCH_RUN_REPORT_H

#include "run/run_result.h"

#include <stdio.h>

void run_report_print(FILE *file, const struct run_findings *findings);

#endif
