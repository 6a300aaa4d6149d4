/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of `fmag-bench run` as JSON; bench/README.md says what is in it.
 */
#ifndef BENCH_RUN_JSON_H
#define BENCH_RUN_JSON_H

#include "run/run_result.h"

#include <stdio.h>

/* False: it could not be written. */
bool run_json_write(FILE *file, const struct run_findings *findings);

#endif
