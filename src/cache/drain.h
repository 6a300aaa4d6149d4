/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU's magazines into the depot: for whoever needs the frames of another CPU.
 * What the public calls do with it: fmag/reclaim.h.
 */
#ifndef FMAG_CACHE_DRAIN_H
#define FMAG_CACHE_DRAIN_H

#include "cache/cache.h"

/* fmag_cpu_drain(), of a cache that is alive. */
enum fmag_status fmag_drain_cpu(struct fmag_cache *cache, unsigned cpu);

#endif
