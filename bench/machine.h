/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine and the build that figures were taken on.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define MACHINE_TEXT 128

struct machine {
	char cpu[MACHINE_TEXT];
	char kernel[MACHINE_TEXT];
	const char *compiler;
	unsigned cpus; /* that this process may run on */
	uint64_t memory_bytes;
	uint64_t available_bytes;
};

struct machine machine_read(void);

#endif
