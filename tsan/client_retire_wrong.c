/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU unlinks a frame that another one walks, and one of the two does it wrong.
 *
 *	client_retire_wrong freed|written|begun|late|kept
 *
 *	freed    the frame is freed, not retired, under the walk
 *	written  it is written after it was retired, under the walk
 *	begun    likewise, when nobody walks, and its grace has begun
 *	late     likewise, when its grace is over
 *	kept     it is walked when its grace is over
 */
#include <string.h>

#include "epoch.h"

static struct client client;
static struct epoch epoch = EPOCH_INIT;
static char *entry;
static int is_walked, is_gone, is_left, is_back;

static const char *enter(void)
{
	epoch_enter(&epoch, 0);
	return __atomic_load_n(&entry, __ATOMIC_SEQ_CST);
}

static void leave(void)
{
	epoch_leave(&epoch, 0);
	tell(&is_left);
}

/* Kept, or valgrind drops the read. */
static volatile char seen;

static void walk(const char *memory)
{
	seen = memory[64]; /* THE WALK */
}

static char *unlink_it(void)
{
	return __atomic_exchange_n(&entry, NULL, __ATOMIC_SEQ_CST);
}

static fmag_hpa_t frame_of(const char *memory)
{
	return fmag_virt_to_phys(client.cache, memory);
}

static void retire(const char *memory)
{
	require(fmag_retire_frame(client.cache, frame_of(memory)) == FMAG_OK,
		"not retired");
	require(fmag_retire_flush(client.cache) == 1, "not sealed");
}

static void write_to(volatile char *memory)
{
	memory[64] = 2; /* THE WRITE */
}

/* By whoever, but what walks. */
static void bring_back(void)
{
	require(fmag_retire_poll(client.cache, SIZE_MAX) == 1, /* THE END */
		"its grace is not over");
	tell(&is_back);
}

/* Each way: what the walker does, and what the one that unlinks. */

static void *walks_all_the_time(void *arg)
{
	const char *memory = enter();

	walk(memory);
	tell(&is_walked);
	await(&is_gone);
	walk(memory);
	leave();
	return arg;
}

static void *frees(void *arg)
{
	await(&is_walked);
	fmag_dealloc_frame(client.cache, frame_of(unlink_it())); /* THE FREE */
	tell(&is_gone);
	return arg;
}

static void *writes(void *arg)
{
	char *memory;

	await(&is_walked);
	memory = unlink_it();
	retire(memory);
	write_to(memory);
	tell(&is_gone);
	await(&is_left);
	bring_back();
	return arg;
}

static void *brings_back(void *arg)
{
	await(&is_gone);
	bring_back();
	return arg;
}

static void *writes_when_it_has_begun(void *arg)
{
	char *memory = unlink_it();

	retire(memory);
	write_to(memory);
	tell(&is_gone);
	return arg;
}

static void *writes_late(void *arg)
{
	char *memory = unlink_it();

	retire(memory);
	tell(&is_gone);
	await(&is_back);
	write_to(memory);
	return arg;
}

static void *walks_too_long(void *arg)
{
	const char *memory = enter();

	walk(memory);
	tell(&is_walked);
	leave();
	await(&is_back);
	walk(memory);
	return arg;
}

static void *retires(void *arg)
{
	await(&is_walked);
	retire(unlink_it());
	await(&is_left);
	bring_back();
	return arg;
}

static void run(const char *way)
{
	if (strcmp(way, "freed") == 0)
		run_both(walks_all_the_time, frees);
	else if (strcmp(way, "written") == 0)
		run_both(walks_all_the_time, writes);
	else if (strcmp(way, "begun") == 0)
		run_both(brings_back, writes_when_it_has_begun);
	else if (strcmp(way, "late") == 0)
		run_both(brings_back, writes_late);
	else
		run_both(walks_too_long, retires);
}

int main(int argc, char **argv)
{
	const struct fmag_grace_source source = epoch_source(&epoch);
	struct fmag_retirer *retirer;

	client_start(&client);
	require(fmag_retirer_create(&retirer, client.cache, &source, NULL) ==
			FMAG_OK,
		"retirer");
	entry = fmag_phys_to_virt(client.cache, fmag_alloc_frame(client.cache));
	memset(entry, 1, 4096);
	run(argc == 2 ? argv[1] : "freed");
	require(fmag_retirer_destroy(retirer) == 0, "frames wait");
	client_end(&client);
	return 0;
}
