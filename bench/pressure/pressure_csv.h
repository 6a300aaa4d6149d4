/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of `fmag-bench pressure` as lines for a spreadsheet, one a figure:
 * the parts have not the same columns.
 */
#ifndef BENCH_PRESSURE_CSV_H
#define BENCH_PRESSURE_CSV_H

#include "pressure/pressure_result.h"

#include <stdio.h>

/* False: it could not be written. */
bool pressure_csv_write(FILE *file, const struct pressure_findings *findings);

#endif
