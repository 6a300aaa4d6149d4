/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The means of zeroing, measured on the CPU that makes the cache.
 */
#include <time.h>

#include "hosted/platform.h"

/* A page: a few microseconds in all, and little of the CPU's cache. */
#define SCRATCH 4096

static uint64_t nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

struct fmag_zeroing fmag_measured_zeroing(void)
{
	char scratch[SCRATCH] __attribute__((aligned(FMAG_ZERO_ALIGN)));

	return fmag_zero_measure(scratch, sizeof(scratch), nanoseconds);
}
