/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `fmag-bench populate`: guests' RAM from one pool, allocator by allocator.
 */
#ifndef BENCH_POPULATE_H
#define BENCH_POPULATE_H

/* Returns the program's exit status. */
int populate_main(int argc, char **argv);

#endif
