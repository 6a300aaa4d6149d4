/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client whose frames nobody may touch: half of them are not mapped, the
 * others PROT_NONE. What it knows of a frame lies in a table of its own, and
 * goes with the frame: nothing but fmag's edge from free to alloc orders it.
 * No tool may say anything, or die.
 */
#include "host.h"

#define TURNS 20000

static struct host host = { .hides_half = 1 };
static struct fmag_cache *cache;
static unsigned long generation[HOST_FRAMES]; /* one a frame, its owner's */
static int is_running[2];

static void use_frames(void)
{
	for (int turn = 0; turn < TURNS; turn++) {
		fmag_hpa_t frame = fmag_alloc_frame(cache);

		require(frame != FMAG_HPA_NONE, "no frame");
		generation[host_index(frame)]++;
		fmag_dealloc_frame(cache, frame);
	}
}

/* Both at a time, or a missing edge might not be missed. */

static void *first_vcpu(void *arg)
{
	tell(&is_running[0]);
	await(&is_running[1]);
	use_frames();
	return arg;
}

static void *second_vcpu(void *arg)
{
	tell(&is_running[1]);
	await(&is_running[0]);
	use_frames();
	return arg;
}

int main(void)
{
	cache = host_start(&host, PROT_NONE);
	run_both(first_vcpu, second_vcpu);
	require(fmag_cache_destroy(cache) == 0, "frames are out");
	return 0;
}
