/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `fmag-bench compare`: what changed between two files of figures, and whether
 * that is more than noise.
 */
#ifndef BENCH_COMPARE_COMPARE_H
#define BENCH_COMPARE_COMPARE_H

/* Returns the program's exit status. */
int compare_main(int argc, char **argv);

#endif
