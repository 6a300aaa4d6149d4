/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/mva.h"

#include <string.h>

#define MAX_STATIONS 256

/* One more customer: it finds the queues that the others alone have. */
static double add_customer(unsigned customers, double think,
	const double *demands, double *queues, size_t stations)
{
	double residence[MAX_STATIONS], cycle = think, throughput;

	for (size_t i = 0; i < stations; i++) {
		residence[i] = demands[i] * (1 + queues[i]);
		cycle += residence[i];
	}
	throughput = customers / cycle;
	for (size_t i = 0; i < stations; i++)
		queues[i] = throughput * residence[i];
	return throughput;
}

double mva_throughput(
	unsigned cpus, double think, const double *demands, size_t stations)
{
	double queues[MAX_STATIONS], throughput = 0;

	if (stations > MAX_STATIONS)
		stations = MAX_STATIONS;
	memset(queues, 0, sizeof(queues));
	for (unsigned i = 1; i <= cpus; i++)
		throughput = add_customer(i, think, demands, queues, stations);
	return throughput;
}

double mva_bound(
	unsigned cpus, double think, const double *demands, size_t stations)
{
	double sum = think, longest = 0;

	for (size_t i = 0; i < stations; i++) {
		sum += demands[i];
		longest = demands[i] > longest ? demands[i] : longest;
	}
	return longest * cpus > sum ? 1 / longest : cpus / sum;
}
