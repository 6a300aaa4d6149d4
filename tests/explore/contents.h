/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames' contents, for ThreadSanitizer: whoever owns a frame writes it, so
 * that a hand-over without an order is a race. Nothing in other builds.
 */
#ifndef TESTS_EXPLORE_CONTENTS_H
#define TESTS_EXPLORE_CONTENTS_H

#include <fmag/types.h>

/* By the frame's owner. */
void contents_write(fmag_hpa_t frame);

/* By the HAL, which as any host's orders what comes in before it goes out. */
void contents_acquire(fmag_hpa_t frame);
void contents_release(fmag_hpa_t frame);

#endif
