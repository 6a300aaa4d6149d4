/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a call costs at least, and what an allocator does at least. In a file of
 * their own, so that no compiler sees both the call and what it calls.
 */
#ifndef BENCH_SUBJECTS_FLOOR_CALLS_H
#define BENCH_SUBJECTS_FLOOR_CALLS_H

#include <fmag/types.h>

#include <stdbool.h>

/* Does nothing; the frame is always the same. */
fmag_hpa_t empty_alloc(void *ctx);
void empty_free(void *ctx, fmag_hpa_t frame);

/* Fills this thread's stack by half. False: no memory. */
bool floor_open(void);
void floor_close(void);

/* The floor (subjects/floor-stack.h), called. */
fmag_hpa_t floor_alloc(void *ctx);
void floor_free(void *ctx, fmag_hpa_t frame);

/* At most RUN_BULK frames; always all of them. */
size_t floor_alloc_many(void *ctx, fmag_hpa_t *frames, size_t count);
void floor_free_many(void *ctx, const fmag_hpa_t *frames, size_t count);

#endif
