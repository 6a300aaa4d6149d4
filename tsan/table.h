/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the clients that retire rightly share: a table that two vCPUs walk without
 * a lock, and in which each replaces what lies there: unlinks, retires, and writes
 * all over what it is given next, which the other may have walked.
 */
#ifndef TSAN_TABLE_H
#define TSAN_TABLE_H

#include <string.h>

#include "client.h"

#define TABLE_FRAME_SIZE 4096
#define TABLE_ENTRIES    32
#define TABLE_TURNS      2000

struct table {
	struct client client;
	/* A frame each, of one byte's value throughout. */
	char *entries[TABLE_ENTRIES];
	/* Around a walk, by the vCPU that walks. */
	void (*enter)(int vcpu);
	void (*leave)(int vcpu);
};

static inline void table_walk(struct table *table, int vcpu, int turn)
{
	const char *memory;

	table->enter(vcpu);
	memory = __atomic_load_n(
		&table->entries[turn % TABLE_ENTRIES], __ATOMIC_SEQ_CST);
	for (int i = 1; i < TABLE_FRAME_SIZE; i += 63)
		require(memory[i] == memory[0], "another's frame");
	table->leave(vcpu);
}

/* Nearly all may wait for their grace. */
static inline char *table_new(struct table *table, int turn)
{
	struct fmag_cache *cache = table->client.cache;
	fmag_hpa_t frame;
	char *memory;

	while ((frame = fmag_alloc_frame(cache)) == FMAG_HPA_NONE) {
		fmag_retire_flush(cache);
		sched_yield();
	}
	memory = fmag_phys_to_virt(cache, frame);
	memset(memory, turn, TABLE_FRAME_SIZE);
	return memory;
}

static inline void table_retire(struct table *table, char *memory)
{
	struct fmag_cache *cache = table->client.cache;
	fmag_hpa_t frame = fmag_virt_to_phys(cache, memory);

	while (fmag_retire_frame(cache, frame) != FMAG_OK)
		sched_yield();
}

static inline void table_retire_by_handle(struct table *table, char *memory)
{
	struct fmag_cache *cache = table->client.cache;
	struct fmag_phys_frame handle = fmag_phys_frame_from_raw(
		cache, fmag_virt_to_phys(cache, memory));

	while (fmag_phys_frame_retire(&handle) != FMAG_OK)
		sched_yield();
}

static inline void table_replace(struct table *table, int turn)
{
	char *old = __atomic_exchange_n(&table->entries[turn % TABLE_ENTRIES],
		table_new(table, turn), __ATOMIC_SEQ_CST);

	if (turn % 2)
		table_retire(table, old);
	else
		table_retire_by_handle(table, old);
}

/* What a vCPU does. */
static inline void table_use(struct table *table, int vcpu)
{
	for (int turn = 0; turn < TABLE_TURNS; turn++) {
		table_walk(table, vcpu, turn * 7);
		table_replace(table, turn * 5 + vcpu);
		table_walk(table, vcpu, turn * 3);
		if (turn % 16 == 0)
			fmag_retire_poll(table->client.cache, SIZE_MAX);
	}
}

/* `source` begins and ends the waits of what is retired. */
static inline void table_run(struct table *table,
	const struct fmag_grace_source *source, void *(*first)(void *),
	void *(*second)(void *))
{
	struct fmag_retirer *retirer;

	client_start(&table->client);
	require(fmag_retirer_create(
			&retirer, table->client.cache, source, NULL) == FMAG_OK,
		"retirer");
	for (int i = 0; i < TABLE_ENTRIES; i++)
		table->entries[i] = table_new(table, i);
	run_both(first, second);
	for (int i = 0; i < TABLE_ENTRIES; i++)
		table_retire(table, table->entries[i]);
	require(fmag_retirer_destroy(retirer) == 0, "frames wait");
	client_end(&table->client);
}

#endif
