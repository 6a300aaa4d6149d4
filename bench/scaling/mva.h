/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Throughput of N CPUs that share cache lines: a closed network with one class,
 * N customers (the CPUs), a delay station (what a CPU does by itself) and a
 * station with a queue for each line, solved exactly by mean-value analysis
 * (Reiser and Lavenberg 1980). scaling/README.md says what is assumed.
 */
#ifndef BENCH_SCALING_MVA_H
#define BENCH_SCALING_MVA_H

#include <stddef.h>

/* Operations in a unit of the times given; `think` and demands are by operation. */
double mva_throughput(
	unsigned cpus, double think, const double *demands, size_t stations);

/* What it stays under: no queue anywhere, or the longest demand all the time. */
double mva_bound(
	unsigned cpus, double think, const double *demands, size_t stations);

#endif
