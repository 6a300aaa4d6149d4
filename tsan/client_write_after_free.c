/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU that writes to a frame after it has given it back, when another one
 * has been given that frame.
 */
#include "client.h"

static struct client client;
static char *frame_of_first;
static int is_free, is_taken;

static void *first_vcpu(void *arg)
{
	fmag_hpa_t frame = fmag_alloc_frame(client.cache);
	char *memory = fmag_phys_to_virt(client.cache, frame);

	memory[64] = 1;
	__atomic_store_n(&frame_of_first, memory, __ATOMIC_RELAXED);
	fmag_dealloc_frame(client.cache, frame);
	tell(&is_free);
	await(&is_taken);
	memory[64] = 2; /* THE BUG */
	return arg;
}

static void *second_vcpu(void *arg)
{
	fmag_hpa_t frame;
	char *memory;

	await(&is_free);
	frame = fmag_alloc_frame(client.cache);
	memory = fmag_phys_to_virt(client.cache, frame);
	/* Last in, first out. */
	require(memory == __atomic_load_n(&frame_of_first, __ATOMIC_RELAXED),
		"another frame");
	memory[64] = 3; /* THE NEXT OWNER */
	tell(&is_taken);
	fmag_dealloc_frame(client.cache, frame);
	return arg;
}

int main(void)
{
	client_start(&client);
	run_both(first_vcpu, second_vcpu);
	client_end(&client);
	return 0;
}
