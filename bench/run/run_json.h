/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of `fmag-bench run` as JSON, schema "fmag-bench/1" (described in
 * README.md).
 */
#ifndef BENCH_RUN_JSON_H
#define BENCH_RUN_JSON_H

#include "machine.h"
#include "run/run_result.h"

#include <stdio.h>

/* False: no memory, or the file cannot be written. */
bool run_json_write(FILE *file, const struct machine *machine,
	const struct run_options *options, const struct run_section *sections,
	size_t count);

#endif
