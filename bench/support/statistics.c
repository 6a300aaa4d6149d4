/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/statistics.h"

#include <math.h>
#include <stdlib.h>

#define OUTSIDE_95 0.05 /* of all, on both sides together */

static int compare(const void *left, const void *right)
{
	double l = *(const double *)left;
	double r = *(const double *)right;

	return (l > r) - (l < r);
}

/*
 * How many of the sorted values lie outside the interval on each side. The
 * number of values below the true median is binomial(count, 1/2), whatever
 * their distribution. Of fewer than six values even smallest and largest are
 * not far enough apart: all are used.
 */
static size_t outside(size_t count)
{
	double n = (double)count, below = 0;
	size_t skip = 0;

	for (size_t i = 0; i < count; i++) {
		double k = (double)i;

		/* The probability of i values below it. */
		below += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) -
			n * log(2));
		if (2 * below > OUTSIDE_95)
			break;
		skip = i;
	}
	return skip;
}

struct median median_of(double *values, size_t count)
{
	size_t skip = outside(count);

	qsort(values, count, sizeof(*values), compare);
	return (struct median){
		.value = (values[(count - 1) / 2] + values[count / 2]) / 2,
		.low = values[skip],
		.high = values[count - 1 - skip],
	};
}

double percentile_of(double *values, size_t count, unsigned percent)
{
	qsort(values, count, sizeof(*values), compare);
	return values[(count * percent + 99) / 100 - 1];
}
