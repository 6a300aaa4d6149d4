/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is looked for in frames that are given back many at a time
 * (fmag/detail/check.h), against one look at each.
 */
#include <criterion/criterion.h>

#include <fmag/cache.h>
#include <fmag/detail/check.h>

#include "support/rng.h"

#define MOST 19 /* several turns of the loop, and what is left over */

static const struct fmag_hot hot = { .frame_mask = 4095 };

/* Any of 52 bits, the highest among them. */
static fmag_hpa_t valid(uint64_t *rng)
{
	fmag_hpa_t frame = rng_next(rng) & ~hot.frame_mask;

	return frame != FMAG_HPA_NONE ? frame : 4096;
}

static size_t one_by_one(const fmag_hpa_t *frames, size_t count)
{
	size_t i = 0;

	while (i < count && frames[i] % 4096 == 0 && frames[i] != 0 &&
		(i == 0 || frames[i] != frames[i - 1]))
		i++;
	return i;
}

static void check(const fmag_hpa_t *frames, size_t count)
{
	size_t plain = fmag_count_plain(&hot, frames, count);

	cr_assert_eq(plain, one_by_one(frames, count),
		"of %zu frames %zu, not %zu, are plain", count, plain,
		one_by_one(frames, count));
}

/* At every place of runs of every length, on either side of 16 bytes. */
static void spoil_each(
	fmag_hpa_t (*spoiled)(const fmag_hpa_t *frames, size_t i))
{
	_Alignas(16) fmag_hpa_t all[MOST + 1];
	uint64_t rng = 1;

	for (size_t shift = 0; shift < 2; shift++) {
		fmag_hpa_t *frames = all + shift;

		for (size_t count = 1; count <= MOST; count++) {
			for (size_t i = 0; i < count; i++) {
				for (size_t j = 0; j < count; j++)
					frames[j] = valid(&rng);
				frames[i] = spoiled(frames, i);
				check(frames, count);
			}
		}
	}
}

static fmag_hpa_t none(const fmag_hpa_t *frames, size_t i)
{
	(void)frames;
	(void)i;
	return FMAG_HPA_NONE;
}

static fmag_hpa_t misaligned(const fmag_hpa_t *frames, size_t i)
{
	return frames[i] | 1u << i % 12;
}

static fmag_hpa_t repeated(const fmag_hpa_t *frames, size_t i)
{
	return frames[i > 0 ? i - 1 : 0];
}

static fmag_hpa_t as_it_is(const fmag_hpa_t *frames, size_t i)
{
	return frames[i];
}

Test(check, frames_up_to_the_highest_address_are_plain)
{
	spoil_each(as_it_is);
}

Test(check, none_is_found_wherever_it_is)
{
	spoil_each(none);
}

Test(check, a_misaligned_address_is_found_wherever_it_is)
{
	spoil_each(misaligned);
}

Test(check, a_frame_twice_in_a_row_is_found_wherever_it_is)
{
	spoil_each(repeated);
}

Test(check, of_no_frames_none_is_plain)
{
	cr_assert_eq(fmag_count_plain(&hot, NULL, 0), 0);
}
