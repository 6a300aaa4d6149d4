/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/shim_state.h"

#ifdef EXPLORE_TSAN
#include <ck_pr.h>

#include <string.h>

#include "explore/explore.h"
#include "explore/world.h"

/*
 * A handler has its own: a fence before it is not made good by a store in it.
 */
static struct fmag_shim_state states[MAX_THREADS][NESTING];

struct fmag_shim_state *explore_shim_state(void)
{
	unsigned thread = explore_thread();

	return &states[thread][world.threads[thread].depth];
}

void shim_state_reset(void)
{
	memset(states, 0, sizeof(states));
}
#else
void shim_state_reset(void)
{
}
#endif
