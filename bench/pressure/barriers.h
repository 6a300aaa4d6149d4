/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The membarrier calls of this process: its calls of libc's syscall() come by
 * here (the linker's --wrap), since no statistic of fmag's counts them.
 */
#ifndef BENCH_PRESSURE_BARRIERS_H
#define BENCH_PRESSURE_BARRIERS_H

#include <stdint.h>

uint64_t barriers_count(void);

#endif
