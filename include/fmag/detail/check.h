/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is checked of frames that are given back before a magazine takes them.
 * Not for use on its own.
 */
#ifndef FMAG_DETAIL_CHECK_H
#define FMAG_DETAIL_CHECK_H

#include <fmag/detail/layout.h>

#define FMAG_CHECK_INLINE_ static inline __attribute__((always_inline))

/* True where `paddr` can be a frame's address; the mask is frame_size - 1. */
FMAG_CHECK_INLINE_ bool fmag_is_frame(uint64_t frame_mask, fmag_hpa_t paddr)
{
	return __builtin_expect(
		(paddr & frame_mask) == 0 && paddr != FMAG_HPA_NONE, 1);
}

/* How many of the first frames are valid, and none the one before again. */
FMAG_CHECK_INLINE_ size_t fmag_count_plain(
	const struct fmag_hot *hot, const fmag_hpa_t *frames, size_t count)
{
	size_t plain = 0;

	while (plain < count && fmag_is_frame(hot->frame_mask, frames[plain]) &&
		(plain == 0 || frames[plain] != frames[plain - 1]))
		plain++;
	return plain;
}

#endif
