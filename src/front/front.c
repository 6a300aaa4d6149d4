/* SPDX-License-Identifier: BSD-2-Clause */
#include "front/front.h"

void fmag_front_init(struct fmag_front *front, const struct fmag_front_ops *ops,
	size_t limit)
{
	struct fmag_magazine *stub = fmag_front_stub(front);

	front->ops = ops;
	stub->word = fmag_word_entered(0);
	stub->limit = 0;
	stub->stay = FMAG_STAY_OVER;
	stub->link.next = NULL;
	for (unsigned cpu = 0; cpu < front->hot.cpu_count; cpu++) {
		*fmag_front_slot(front, cpu) = (struct fmag_slot){
			.claim.loaded = fmag_front_stub(front),
			.loaded = fmag_front_stub(front),
			.limit = (uint32_t)limit,
		};
	}
}
