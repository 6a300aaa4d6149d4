/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A race that has nothing to do with frames: a counter that two vCPUs raise
 * without a lock. Between the two raises both call fmag, on one CPU, one after
 * the other: what orders the calls inside fmag must not hide the race.
 *
 *	client_race cache|arena: through the cache, or the arena alone
 */
#include <string.h>

#include "client.h"

static struct client client;
static struct fmag_hal hal;
static unsigned long exits;
static int first_is_done, second_is_done;

static void *first_vcpu(void *arg)
{
	fmag_hpa_t frame;

	exits++; /* THE FIRST */
	frame = hal.ops->alloc_frame(hal.ctx);
	tell(&first_is_done);
	/* Kept so long: to be handed a frame that the other gave back would
	 * order the two, and rightly. */
	await(&second_is_done);
	hal.ops->dealloc_frame(hal.ctx, frame);
	return arg;
}

static void *second_vcpu(void *arg)
{
	fmag_hpa_t frame;

	await(&first_is_done);
	frame = hal.ops->alloc_frame(hal.ctx);
	exits++; /* THE SECOND */
	tell(&second_is_done);
	hal.ops->dealloc_frame(hal.ctx, frame);
	return arg;
}

int main(int argc, char **argv)
{
	client_start(&client);
	if (argc == 2 && strcmp(argv[1], "arena") == 0)
		require(fmag_arena_hal(client.arena, 4096, &hal) == FMAG_OK,
			"HAL");
	else
		hal = fmag_cache_as_hal(client.cache);
	run_both(first_vcpu, second_vcpu);
	client_end(&client);
	return 0;
}
