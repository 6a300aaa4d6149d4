/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that retires, without a fault: two vCPUs walk a table without a lock,
 * by an epoch, and each replaces what lies in it: unlinks, retires, and writes all
 * over what it is given next, which the other may have walked. No tool may say
 * anything.
 */
#include <string.h>

#include "epoch.h"

#define FRAME_SIZE 4096
#define ENTRIES    32
#define TURNS      2000

static struct client client;
static struct epoch epoch = EPOCH_INIT;
static char *table[ENTRIES]; /* a frame each, of one byte's value throughout */

static void walk(int vcpu, int turn)
{
	const char *memory;

	epoch_enter(&epoch, vcpu);
	memory = __atomic_load_n(&table[turn % ENTRIES], __ATOMIC_SEQ_CST);
	for (int i = 1; i < FRAME_SIZE; i += 63)
		require(memory[i] == memory[0], "another's frame");
	epoch_leave(&epoch, vcpu);
}

/* Nearly all may wait for their grace. */
static char *new_memory(int turn)
{
	fmag_hpa_t frame;
	char *memory;

	while ((frame = fmag_alloc_frame(client.cache)) == FMAG_HPA_NONE) {
		fmag_retire_flush(client.cache);
		sched_yield();
	}
	memory = fmag_phys_to_virt(client.cache, frame);
	memset(memory, turn, FRAME_SIZE);
	return memory;
}

static void retire(char *memory)
{
	fmag_hpa_t frame = fmag_virt_to_phys(client.cache, memory);

	while (fmag_retire_frame(client.cache, frame) != FMAG_OK)
		sched_yield();
}

static void retire_by_handle(char *memory)
{
	struct fmag_phys_frame handle = fmag_phys_frame_from_raw(
		client.cache, fmag_virt_to_phys(client.cache, memory));

	while (fmag_phys_frame_retire(&handle) != FMAG_OK)
		sched_yield();
}

static void replace(int turn)
{
	char *old = __atomic_exchange_n(
		&table[turn % ENTRIES], new_memory(turn), __ATOMIC_SEQ_CST);

	if (turn % 2)
		retire(old);
	else
		retire_by_handle(old);
}

static void run(int vcpu)
{
	for (int turn = 0; turn < TURNS; turn++) {
		walk(vcpu, turn * 7);
		replace(turn * 5 + vcpu);
		walk(vcpu, turn * 3);
		if (turn % 16 == 0)
			fmag_retire_poll(client.cache, SIZE_MAX);
	}
}

static void *first_vcpu(void *arg)
{
	run(0);
	return arg;
}

static void *second_vcpu(void *arg)
{
	run(1);
	return arg;
}

int main(void)
{
	struct fmag_retirer *retirer;

	client_start(&client);
	retirer = epoch_retirer(&epoch, client.cache);
	for (int i = 0; i < ENTRIES; i++)
		table[i] = new_memory(i);
	run_both(first_vcpu, second_vcpu);
	for (int i = 0; i < ENTRIES; i++)
		retire(table[i]);
	require(fmag_retirer_destroy(retirer) == 0, "frames wait");
	client_end(&client);
	return 0;
}
