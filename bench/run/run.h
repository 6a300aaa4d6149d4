/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `fmag-bench run`: allocs and frees alone, allocator by allocator.
 */
#ifndef BENCH_RUN_RUN_H
#define BENCH_RUN_RUN_H

/* Returns the program's exit status. */
int run_main(int argc, char **argv);

#endif
