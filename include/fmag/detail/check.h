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

/* Two frames, in whatever registers the target has for them. */
typedef fmag_hpa_t fmag_check_pair
	__attribute__((vector_size(16), aligned(8), may_alias));

/*
 * Bits that none of `frames` may have: those of the mask, if they are in any of
 * `*seen`; the highest, if it is in any of `*less`. An address less one has it
 * if the address is 0, and so has what two differ in, if they do not. (So do
 * half of the addresses there may be; fmag_count_plain() looks at those again.)
 *
 * Each is loaded once: the caller may just have stored it, and a load that takes
 * parts of two such stores waits for both.
 */
FMAG_CHECK_INLINE_ void fmag_gather_bits(const fmag_hpa_t *frames, size_t count,
	fmag_hpa_t *seen, fmag_hpa_t *less)
{
	fmag_check_pair all_seen = { 0 }, all_less = { 0 };
	/* Before the first comes another one. */
	fmag_check_pair last = { 0, frames[0] ^ 1 };
	size_t i = 0;

	for (; i + 2 <= count; i += 2) {
		fmag_check_pair own =
			*(const fmag_check_pair *)(const void *)(frames + i);
		fmag_check_pair before =
			__builtin_shufflevector(last, own, 1, 2);

		all_seen |= own;
		all_less |= (own - 1) | ((own ^ before) - 1);
		last = own;
	}
	*seen = all_seen[0] | all_seen[1];
	*less = all_less[0] | all_less[1];
	if (i < count) {
		*seen |= frames[i];
		*less |= (frames[i] - 1) | ((frames[i] ^ last[1]) - 1);
	}
}

/* How many of the first frames are valid, and none the one before again. */
FMAG_CHECK_INLINE_ size_t fmag_count_plain(
	const struct fmag_hot *hot, const fmag_hpa_t *frames, size_t count)
{
	fmag_hpa_t seen, less;
	size_t plain = 0;

	if (count == 0)
		return 0;
	fmag_gather_bits(frames, count, &seen, &less);
	if (__builtin_expect(((seen & hot->frame_mask) | less >> 63) == 0, 1))
		return count;
	while (plain < count && fmag_is_frame(hot->frame_mask, frames[plain]) &&
		(plain == 0 || frames[plain] != frames[plain - 1]))
		plain++;
	return plain;
}

#endif
