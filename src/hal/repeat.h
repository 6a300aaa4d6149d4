/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a frame among the few just taken from the HAL? Exact, and in constant
 * time for a sane HAL: a hash table of positions, on the stack, with open
 * addressing. At most FMAG_REPEAT_MAX frames.
 */
#ifndef FMAG_HAL_REPEAT_H
#define FMAG_HAL_REPEAT_H

#include <stdbool.h>
#include <string.h>

#include <fmag/types.h>

#ifndef FMAG_REPEAT_BUCKETS_LOG2
#define FMAG_REPEAT_BUCKETS_LOG2 7
#endif
#define FMAG_REPEAT_BUCKETS (1u << FMAG_REPEAT_BUCKETS_LOG2)
#define FMAG_REPEAT_MAX     (FMAG_REPEAT_BUCKETS / 2)

struct fmag_repeat_filter {
	unsigned frame_shift;
	uint8_t position[FMAG_REPEAT_BUCKETS]; /* + 1; 0 is a free bucket */
};

static inline void fmag_repeat_filter_init(
	struct fmag_repeat_filter *filter, size_t frame_size)
{
	filter->frame_shift = (unsigned)__builtin_ctzll(frame_size);
	memset(filter->position, 0, sizeof(filter->position));
}

/* Fibonacci hashing of the frame's number: neighbours spread. */
static inline size_t fmag_repeat_bucket(
	const struct fmag_repeat_filter *filter, fmag_hpa_t frame)
{
	return (size_t)(((frame >> filter->frame_shift) *
				UINT64_C(0x9e3779b97f4a7c15)) >>
		57);
}

/*
 * Enters `frame`, which the caller stores at frames[count] next. False where
 * it is among frames[0 .. count) already.
 */
static inline bool fmag_repeat_filter_add(struct fmag_repeat_filter *filter,
	const fmag_hpa_t *frames, size_t count, fmag_hpa_t frame)
{
	size_t bucket = fmag_repeat_bucket(filter, frame);

	while (filter->position[bucket] != 0) {
		if (frames[filter->position[bucket] - 1] == frame)
			return false;
		bucket = (bucket + 1) % FMAG_REPEAT_BUCKETS;
	}
	filter->position[bucket] = (uint8_t)(count + 1);
	return true;
}

#endif
