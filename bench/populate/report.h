/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table at the end.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "populate/options.h"
#include "populate/result.h"
#include "support/machine.h"

#include <stdio.h>

void report_print(FILE *file, const struct machine *machine,
	const struct options *options, const struct section *sections);

#endif
