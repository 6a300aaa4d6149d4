/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_SCALING_REPORT_H
#define BENCH_SCALING_REPORT_H

#include "scaling/findings.h"

#include <stdio.h>

void report_write(FILE *out, const struct findings *findings);

/* One line: the law's numbers. */
void report_law(FILE *out, const struct usl *law);

#endif
