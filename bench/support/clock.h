/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time in ticks: the CPU's time stamp counter where it runs at one speed on
 * all CPUs, CLOCK_MONOTONIC otherwise.
 *
 * clock_start() first drains the store buffer, so that stores from before (a
 * page touched) are not charged to the first locked instruction after it.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

/* Measures the clock's speed and its own cost; before any other use. */
void clock_calibrate(void);

uint64_t clock_start(void);
uint64_t clock_stop(void);

/* Ticks between a clock_start() and the clock_stop() right after it. */
uint64_t clock_overhead(void);

double clock_ns(uint64_t ticks);
uint64_t clock_ticks(double ns);

/* Seconds since some moment, for whole slices. */
double clock_seconds(void);

#endif
