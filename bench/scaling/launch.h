/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_SCALING_LAUNCH_H
#define BENCH_SCALING_LAUNCH_H

/* Becomes fmag-bench-scaling, which lies beside this program. */
int scaling_main(int argc, char **argv);

#endif
