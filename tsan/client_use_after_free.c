/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A write to a frame after giving it back, in one thread: no race, and so
 * nothing for ThreadSanitizer; AddressSanitizer and memcheck name it.
 *
 *	client_use_after_free cache|bulk|handle|arena|reserve: how it was given back
 */
#include <string.h>

#include "client.h"

static struct client client;

static char *memory_of(fmag_hpa_t frame)
{
	return fmag_phys_to_virt(client.cache, frame);
}

static char *freed_one(void)
{
	fmag_hpa_t frame = fmag_alloc_frame(client.cache);

	memory_of(frame)[7] = 1;
	fmag_dealloc_frame(client.cache, frame);
	return memory_of(frame);
}

static char *freed_in_bulk(void)
{
	fmag_hpa_t frames[3];

	require(fmag_alloc_frames(client.cache, frames, 3) == 3, "frames");
	memory_of(frames[1])[7] = 1;
	fmag_dealloc_frames(client.cache, frames, 3);
	return memory_of(frames[1]);
}

static char *freed_by_its_handle(void)
{
	struct fmag_phys_frame FMAG_SCOPED frame = FMAG_PHYS_FRAME_UNINIT;

	require(fmag_phys_frame_alloc_zero(client.cache, &frame) == FMAG_OK,
		"a frame");
	return fmag_phys_frame_as_mut_ptr(&frame);
}

static char *freed_to_the_arena(void)
{
	struct fmag_hal hal;
	fmag_hpa_t frame;

	require(fmag_arena_hal(client.arena, 8192, &hal) == FMAG_OK, "HAL");
	frame = hal.ops->alloc_frame(hal.ctx);
	((char *)hal.ops->phys_to_virt(hal.ctx, frame))[8191] = 1;
	hal.ops->dealloc_frame(hal.ctx, frame);
	return (char *)hal.ops->phys_to_virt(hal.ctx, frame) + 4096;
}

/* Not given back for good, but anyone's from now on. */
static char *parked(void)
{
	static struct fmag_reserve reserve;
	fmag_hpa_t frame;

	fmag_reserve_init(&reserve, client.cache);
	require(fmag_reserve_topup(&reserve, 2) == FMAG_OK, "frames");
	frame = reserve.frames[0];
	memory_of(frame)[7] = 1;
	fmag_reserve_park(&reserve);
	return memory_of(frame);
}

/* Not inlined: the compiler would have the bug once for each way. */
__attribute__((noinline)) static char *freed(const char *how)
{
	if (strcmp(how, "bulk") == 0)
		return freed_in_bulk();
	if (strcmp(how, "handle") == 0)
		return freed_by_its_handle();
	if (strcmp(how, "arena") == 0)
		return freed_to_the_arena();
	if (strcmp(how, "reserve") == 0)
		return parked();
	return freed_one();
}

int main(int argc, char **argv)
{
	volatile char *memory;

	client_start(&client);
	memory = freed(argc == 2 ? argv[1] : "cache");
	memory[7] = 2; /* THE BUG */
	client_end(&client);
	return 0;
}
