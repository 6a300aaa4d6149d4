/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Medians of few numbers, and how far they can be trusted; percentiles of many.
 */
#ifndef BENCH_STATISTICS_H
#define BENCH_STATISTICS_H

#include <stddef.h>

struct median {
	double value;
	double low, high; /* the 95 % confidence interval */
};

/* Sorts `values`; `count` is 1 or more. */
struct median median_of(double *values, size_t count);

/* The least value that `percent` of them do not exceed; likewise. */
double percentile_of(double *values, size_t count, unsigned percent);

#endif
