/* SPDX-License-Identifier: BSD-2-Clause */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

#define QUANTILE_95 1.96 /* of the normal distribution, both sides */

static int compare(const void *left, const void *right)
{
	double l = *(const double *)left;
	double r = *(const double *)right;

	return (l > r) - (l < r);
}

/*
 * How many of the sorted values lie outside the interval on each side. The
 * number of values below the true median is binomial(count, 1/2), whatever
 * their distribution; approximated here by the normal one. Of fewer than six
 * values even smallest and largest are not far enough apart: all are used.
 */
static size_t outside(size_t count)
{
	double half_width = QUANTILE_95 * sqrt((double)count) / 2;
	double rank = floor((double)count / 2 - half_width);

	return rank > 0 ? (size_t)rank : 0;
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
