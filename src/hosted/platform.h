/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FMAG_HOSTED_PLATFORM_H
#define FMAG_HOSTED_PLATFORM_H

#include "cache/cache.h"

/* The defaults of a cache on Linux. */
struct fmag_platform fmag_platform_linux(void);

/* The fastest means here, by a try of a few microseconds. */
struct fmag_zeroing fmag_measured_zeroing(void);

#endif
