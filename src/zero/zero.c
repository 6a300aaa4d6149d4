/* SPDX-License-Identifier: BSD-2-Clause */
#include "zero/zero.h"

/* So that what else the machine does meanwhile is in one of them only. */
#define TURNS 5

void fmag_zero_by_memset(void *memory, size_t size)
{
	memset(memory, 0, size);
}

static struct fmag_zeroing by_memset(void)
{
	return (struct fmag_zeroing){
		.now = fmag_zero_by_memset,
		.ahead = fmag_zero_by_memset,
	};
}

struct fmag_zeroing fmag_zero_choose(void)
{
	struct fmag_zeroing chosen = by_memset();

	for (unsigned i = 0; i < fmag_zero_of_machine.count; i++) {
		const struct fmag_zero_means *means =
			&fmag_zero_of_machine.means[i];

		if (!fmag_zero_is_to_be_had(means))
			continue;
		if (means->goes_past_caches)
			chosen.ahead = means->zero;
		else
			chosen.now = means->zero;
	}
	return chosen;
}

static uint64_t time_once(
	fmag_zero zero, void *scratch, size_t size, uint64_t (*clock)(void))
{
	uint64_t begun = clock();

	zero(scratch, size);
	return clock() - begun;
}

/* The least of a few, the first of which warms up. */
static uint64_t time_of(
	fmag_zero zero, void *scratch, size_t size, uint64_t (*clock)(void))
{
	uint64_t least = UINT64_MAX;

	zero(scratch, size);
	for (unsigned i = 0; i < TURNS; i++) {
		uint64_t time = time_once(zero, scratch, size, clock);

		if (time < least)
			least = time;
	}
	return least;
}

struct fmag_zeroing fmag_zero_measure(
	void *scratch, size_t size, uint64_t (*clock)(void))
{
	struct fmag_zeroing chosen = by_memset();
	uint64_t now = time_of(chosen.now, scratch, size, clock);
	/* Anything that leaves the caches alone is better than what does not. */
	uint64_t ahead = UINT64_MAX;

	for (unsigned i = 0; i < fmag_zero_of_machine.count; i++) {
		const struct fmag_zero_means *means =
			&fmag_zero_of_machine.means[i];
		uint64_t *least = means->goes_past_caches ? &ahead : &now;
		uint64_t time;

		if (!fmag_zero_is_to_be_had(means))
			continue;
		time = time_of(means->zero, scratch, size, clock);
		if (time >= *least)
			continue;
		*least = time;
		*(means->goes_past_caches ? &chosen.ahead : &chosen.now) =
			means->zero;
	}
	return chosen;
}
