/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/owners.h"

#include <stdlib.h>

void owners_init(struct owners *owners, const struct test_hal *hal)
{
	owners->hal = hal;
	owners->doubles = 0;
	owners->stamps = calloc(hal->options.frames, sizeof(uint32_t));
	owners->uses = calloc(hal->options.frames, sizeof(uint32_t));
	if (owners->stamps == NULL || owners->uses == NULL)
		abort();
}

void owners_fini(struct owners *owners)
{
	free(owners->stamps);
	free(owners->uses);
}

static void exchange(struct owners *owners, fmag_hpa_t frame, uint32_t expected,
	uint32_t stamp)
{
	size_t index = test_hal_index(owners->hal, frame);

	/* Relaxed, and the use plain: what orders the use after that of the
	 * frame's last owner is the allocator under test, or TSan tells. */
	if (__atomic_exchange_n(&owners->stamps[index], stamp,
		    __ATOMIC_RELAXED) != expected)
		__atomic_fetch_add(&owners->doubles, 1, __ATOMIC_RELAXED);
	owners->uses[index]++;
}

void owners_take(struct owners *owners, fmag_hpa_t frame, uint32_t owner)
{
	exchange(owners, frame, 0, owner);
}

void owners_give(struct owners *owners, fmag_hpa_t frame, uint32_t owner)
{
	exchange(owners, frame, owner, 0);
}

size_t owners_count(const struct owners *owners)
{
	size_t count = 0;

	for (size_t i = 0; i < owners->hal->options.frames; i++)
		count += owners->stamps[i] != 0;
	return count;
}
