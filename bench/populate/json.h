/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All figures as JSON, schema "fmag-bench-populate/1" (described in README.md).
 */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include "populate/options.h"
#include "populate/result.h"
#include "support/machine.h"

#include <stdio.h>

/* False: no memory, or the file cannot be written. */
bool json_write(FILE *file, const struct machine *machine,
	const struct options *options, const struct section *sections);

#endif
