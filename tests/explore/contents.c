/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/contents.h"

#ifdef EXPLORE_TSAN
#include <sanitizer/tsan_interface.h>

#include "explore/world.h"

static unsigned contents[MAX_FRAMES + 1];
static unsigned hal_orders[MAX_FRAMES + 1];

void contents_write(fmag_hpa_t frame)
{
	contents[frame_index(frame)]++;
}

void contents_acquire(fmag_hpa_t frame)
{
	__tsan_acquire(&hal_orders[frame_index(frame)]);
}

void contents_release(fmag_hpa_t frame)
{
	__tsan_release(&hal_orders[frame_index(frame)]);
}
#else
void contents_write(fmag_hpa_t frame)
{
	(void)frame;
}

void contents_acquire(fmag_hpa_t frame)
{
	(void)frame;
}

void contents_release(fmag_hpa_t frame)
{
	(void)frame;
}
#endif
