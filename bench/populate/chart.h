/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chart: ns a frame by allocator and number of vCPUs, drawn by gnuplot as
 * SVG.
 */
#ifndef BENCH_CHART_H
#define BENCH_CHART_H

#include "populate/options.h"
#include "populate/result.h"
#include "support/machine.h"

#include <stdio.h>

/* False, after a message: it could not be drawn. */
bool chart_draw(FILE *svg, const struct machine *machine,
	const struct options *options, const struct section *sections);

#endif
