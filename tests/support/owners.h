/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who owns each frame: a stamp a frame in a side table (G5: never in the frame)
 * that allocation sets and a free clears, each by an atomic exchange. A frame
 * with two owners is found by the second (G2).
 */
#ifndef TESTS_SUPPORT_OWNERS_H
#define TESTS_SUPPORT_OWNERS_H

#include <stdint.h>

#include "support/test_hal.h"

struct owners {
	const struct test_hal *hal;
	uint32_t *stamps; /* one a frame; 0: nobody */
	uint32_t *uses;   /* one a frame, plain: stands for its contents */
	uint64_t doubles; /* how often a frame had two owners, or the wrong */
};

void owners_init(struct owners *owners, const struct test_hal *hal);
void owners_fini(struct owners *owners);

/* `owner` was given the frame; `owner` gives it back. `owner` is not 0. */
void owners_take(struct owners *owners, fmag_hpa_t frame, uint32_t owner);
void owners_give(struct owners *owners, fmag_hpa_t frame, uint32_t owner);

/* Frames with an owner. */
size_t owners_count(const struct owners *owners);

#endif
