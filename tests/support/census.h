/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A census of a cache's magazines, while no other call runs on it: each is on
 * one stack or in one slot, and none is lost (D1, D2, D4, F1).
 */
#ifndef TESTS_SUPPORT_CENSUS_H
#define TESTS_SUPPORT_CENSUS_H

#include "cache/cache.h"

/*
 * NULL, or a sentence that begins with the invariant that does not hold. `held`
 * magazines may be with calls that were abandoned; those of a slot that is BUSY
 * are not looked for besides.
 */
const char *census_complaint(const struct fmag_cache *cache, unsigned held);

#endif
