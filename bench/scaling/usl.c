/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/usl.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define TERMS 3

/* 1/lambda, sigma/lambda, kappa/lambda: which of them are not 0. */
static const bool models[][TERMS] = {
	{ true, true, true },
	{ true, true, false },
	{ true, false, true },
	{ true, false, false },
};

/* Relative: columns of numbers that cannot be told apart. */
#define SINGULAR 1e-12

/* What N/X has of each term at N, for a point's weight. */
static double term(const struct usl_point *point, size_t i)
{
	const double n = point->cpus;
	const double of[TERMS] = { 1, n - 1, n * (n - 1) };

	return of[i] * point->throughput / n;
}

/* The normal equations; a term that the model has not is 0. */
static void set_up(const struct usl_point *points, size_t count,
	const bool *model, double m[TERMS][TERMS + 1])
{
	memset(m, 0, sizeof(double[TERMS][TERMS + 1]));
	for (size_t i = 0; i < TERMS; i++) {
		m[i][i] = model[i] ? 0 : 1;
		for (size_t p = 0; model[i] && p < count; p++) {
			for (size_t j = 0; j < TERMS; j++)
				m[i][j] += model[j] ? term(&points[p], i) *
						term(&points[p], j)
						    : 0;
			m[i][TERMS] += term(&points[p], i);
		}
	}
}

/* Of a positive definite matrix, so that no rows need to change places. */
static bool eliminate(double m[TERMS][TERMS + 1])
{
	for (size_t i = 0; i < TERMS; i++) {
		double diagonal = m[i][i];

		for (size_t k = 0; k < i; k++) {
			double factor = m[i][k] / m[k][k];

			for (size_t j = k; j <= TERMS; j++)
				m[i][j] -= factor * m[k][j];
		}
		if (m[i][i] <= SINGULAR * diagonal)
			return false;
	}
	return true;
}

static void substitute(double m[TERMS][TERMS + 1], double *x)
{
	for (size_t i = TERMS; i-- > 0;) {
		x[i] = m[i][TERMS];
		for (size_t j = i + 1; j < TERMS; j++)
			x[i] -= m[i][j] * x[j];
		x[i] /= m[i][i];
	}
}

double usl_throughput(const struct usl *law, double cpus)
{
	return law->lambda * cpus /
		(1 + law->sigma * (cpus - 1) + law->kappa * cpus * (cpus - 1));
}

static double largest_error(
	const struct usl *law, const struct usl_point *points, size_t count)
{
	double largest = 0;

	for (size_t i = 0; i < count; i++)
		largest = fmax(largest,
			fabs(usl_throughput(law, points[i].cpus) /
					points[i].throughput -
				1));
	return largest;
}

static double squares(
	const double *x, const struct usl_point *points, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		double rest = 1;

		for (size_t j = 0; j < TERMS; j++)
			rest -= x[j] * term(&points[i], j);
		sum += rest * rest;
	}
	return sum;
}

/* What rounding leaves of 0 is 0. */
static bool is_possible(double *x)
{
	for (size_t i = 1; i < TERMS; i++) {
		if (fabs(x[i]) < SINGULAR * x[0])
			x[i] = 0;
	}
	return x[0] > 0 && x[1] >= 0 && x[2] >= 0;
}

static struct usl law_of(const double *x)
{
	struct usl law = {
		.lambda = 1 / x[0],
		.sigma = x[1] / x[0],
		.kappa = x[2] / x[0],
		.peak = INFINITY,
	};

	if (law.kappa > 0)
		law.peak = sqrt(fmax(1 - law.sigma, 0) / law.kappa);
	return law;
}

struct usl usl_fit(const struct usl_point *points, size_t count)
{
	double m[TERMS][TERMS + 1], x[TERMS], least = INFINITY;
	struct usl best = { 0 };

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		set_up(points, count, models[i], m);
		if (!eliminate(m))
			continue;
		substitute(m, x);
		if (!is_possible(x) || squares(x, points, count) >= least)
			continue;
		least = squares(x, points, count);
		best = law_of(x);
	}
	best.error = largest_error(&best, points, count);
	return best;
}
