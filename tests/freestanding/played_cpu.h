/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU that a thread plays, compiled into the core under test as a host's
 * own header is (src/freestanding/README.md).
 */
#ifndef FMAG_TESTS_FREESTANDING_PLAYED_CPU_H
#define FMAG_TESTS_FREESTANDING_PLAYED_CPU_H

extern __thread unsigned played_cpu;

static inline unsigned fmag_host_cpu(void)
{
	return played_cpu;
}

#endif
