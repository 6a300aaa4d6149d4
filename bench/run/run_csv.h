/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of `fmag-bench run` as lines for a spreadsheet; bench/README.md
 * says what the columns are. Two tables, since their columns differ.
 */
#ifndef BENCH_RUN_CSV_H
#define BENCH_RUN_CSV_H

#include "run/run_result.h"

#include <stdio.h>

/* False: it could not be written. */
bool run_csv_write(FILE *file, const struct run_findings *findings);
bool run_csv_write_latencies(FILE *file, const struct run_findings *findings);

#endif
