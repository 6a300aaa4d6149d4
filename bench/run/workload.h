/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the workloads of `fmag-bench run` are called, and count as an operation.
 */
#ifndef BENCH_RUN_WORKLOAD_H
#define BENCH_RUN_WORKLOAD_H

#include "run/run_subject.h"

struct run_workload_kind {
	const char *name;
	unsigned operations; /* in an iteration */
	unsigned threads;    /* that it is for; 0: any number */
	unsigned shorter;    /* its bursts are, so many times */
};

extern const struct run_workload_kind run_workload_kinds[RUN_WORKLOADS];

#endif
