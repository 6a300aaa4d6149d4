/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `fmag-bench pressure`: allocators with hardly a frame left, and what a cache
 * keeps of frames that nobody wants any more.
 */
#ifndef BENCH_PRESSURE_PRESSURE_H
#define BENCH_PRESSURE_PRESSURE_H

/* Returns the program's exit status. */
int pressure_main(int argc, char **argv);

#endif
