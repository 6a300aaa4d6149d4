/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPUs that Linux keeps for somebody: those that its command line or a
 * cpuset isolates, and those without a tick (nohz_full).
 */
#ifndef FMAG_HOSTED_ISOLATED_H
#define FMAG_HOSTED_ISOLATED_H

#include <stdint.h>

#include <fmag/cache.h>

/* Sets the bits of those that are, as far as /sys says. */
void fmag_isolated_cpus(uint64_t bits[FMAG_MAX_CPUS / 64]);

/* Likewise for a list as the kernel writes it, such as "2-5,8". */
void fmag_isolated_add_list(
	uint64_t bits[FMAG_MAX_CPUS / 64], const char *list);

#endif
