/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The universal scalability law (Gunther 1993):
 *
 *	X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))
 *
 * lambda is one CPU's throughput, sigma what is serial, kappa what each CPU costs
 * each other one.
 */
#ifndef BENCH_SCALING_USL_H
#define BENCH_SCALING_USL_H

#include <stddef.h>

struct usl_point {
	double cpus, throughput;
};

struct usl {
	double lambda, sigma, kappa;
	double peak;  /* CPUs at which X is largest; infinite: none */
	double error; /* the largest of a point, relative */
};

double usl_throughput(const struct usl *law, double cpus);

/*
 * N/X is linear in 1/lambda, sigma/lambda and kappa/lambda: weighted linear
 * least squares, each point by X/N, so that what is least is the sum of squares
 * of relative errors (to the first order); neither sigma nor kappa below 0.
 * Needs three points or more with distinct CPUs for three numbers; with fewer,
 * kappa, and then sigma, is 0.
 */
struct usl usl_fit(const struct usl_point *points, size_t count);

#endif
