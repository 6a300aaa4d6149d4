/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far apart the first two CPUs are just now: a guest's two CPUs may be on
 * one core, on two, or on two sockets, and its host moves them.
 */
#ifndef BENCH_RUN_PINGPONG_H
#define BENCH_RUN_PINGPONG_H

#include <stdbool.h>

/*
 * Nanoseconds of a cache line's one way from one to the other. Negative: there
 * is one CPU only, or no thread to be had.
 */
double pingpong_ns(void);

/* Longer ways are called far: one core complex or socket against two. */
#define PINGPONG_FAR_NS 100.0

#endif
