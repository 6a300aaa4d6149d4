/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of `fmag-bench pressure` as JSON; bench/README.md says what is in
 * it.
 */
#ifndef BENCH_PRESSURE_JSON_H
#define BENCH_PRESSURE_JSON_H

#include "pressure/pressure_result.h"

#include <stdio.h>

/* False: it could not be written. */
bool pressure_json_write(FILE *file, const struct pressure_findings *findings);

#endif
