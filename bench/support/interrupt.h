/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ctrl-C and a polite kill end the run between two slices, so that threads
 * and pools are left in order.
 */
#ifndef BENCH_INTERRUPT_H
#define BENCH_INTERRUPT_H

#include <stdbool.h>

/* The shell's convention for a program that SIGINT ended. */
#define EXIT_INTERRUPTED 130

/* From now on SIGINT and SIGTERM are only remembered. */
void interrupt_watch(void);

bool interrupted(void);

#endif
