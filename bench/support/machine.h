/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine and the build that figures were taken on.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <fmag/types.h>

#define MACHINE_TEXT 128

#define MACHINE_TEXT_OF__(x) #x
#define MACHINE_TEXT_OF_(x)  MACHINE_TEXT_OF__(x)

/* As text, "1.2.3". */
#define MACHINE_FMAG_VERSION                                           \
	MACHINE_TEXT_OF_(FMAG_VERSION_MAJOR)                           \
	"." MACHINE_TEXT_OF_(FMAG_VERSION_MINOR) "." MACHINE_TEXT_OF_( \
		FMAG_VERSION_PATCH)

struct machine {
	char cpu[MACHINE_TEXT];
	char kernel[MACHINE_TEXT];
	const char *compiler;
	const char *commit; /* of fmag, when it was configured; or "unknown" */
	unsigned cpus;      /* that this process may run on */
	uint64_t memory_bytes;
	uint64_t available_bytes;
};

struct machine machine_read(void);

#endif
