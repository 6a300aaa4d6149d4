/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The changes as a table, and a line that sums them up.
 */
#ifndef BENCH_COMPARE_REPORT_H
#define BENCH_COMPARE_REPORT_H

#include "compare/changes.h"

#include <stdio.h>

/* False, after a message: it could not be written. */
bool compare_report_print(FILE *file, const struct changes *changes);

#endif
