/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client without a fault: two vCPUs that use every verb, hand frames on, and
 * are interrupted by a handler that allocates too. No tool may say anything.
 */
#include <signal.h>
#include <string.h>

#include "client.h"

#define FRAME_SIZE 4096
#define TURNS      2000
#define BULK       8

static struct client client;
static struct fmag_account *account;

/* One frame on its way from vCPU to vCPU, under a lock of the client's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static fmag_hpa_t on_its_way;

static void write_all(fmag_hpa_t frame, int byte)
{
	memset(fmag_phys_to_virt(client.cache, frame), byte, FRAME_SIZE);
}

static fmag_hpa_t swap(fmag_hpa_t frame)
{
	fmag_hpa_t other;

	pthread_mutex_lock(&lock);
	other = on_its_way;
	on_its_way = frame;
	pthread_mutex_unlock(&lock);
	return other;
}

static void give_back(fmag_hpa_t frame)
{
	if (frame == FMAG_HPA_NONE)
		return;
	write_all(frame, 2);
	fmag_dealloc_frame(client.cache, frame);
}

static void hand_one_on(void)
{
	fmag_hpa_t frame = fmag_alloc_frame(client.cache);

	require(frame != FMAG_HPA_NONE, "no frame");
	write_all(frame, 1);
	give_back(swap(frame));
}

static void use_many(void)
{
	fmag_hpa_t frames[BULK];
	size_t got = fmag_alloc_frames(client.cache, frames, BULK);

	for (size_t i = 0; i < got; i++)
		write_all(frames[i], 3);
	fmag_dealloc_frames(client.cache, frames, got);
}

static void use_a_handle(void)
{
	struct fmag_phys_frame FMAG_SCOPED frame = FMAG_PHYS_FRAME_UNINIT;

	require(fmag_phys_frame_alloc_zero(client.cache, &frame) == FMAG_OK,
		"no frame");
	fmag_phys_frame_fill(&frame, 4);
	memset(fmag_phys_frame_as_mut_ptr(&frame), 5, FRAME_SIZE);
}

static void use_a_run(void)
{
	fmag_hpa_t run = fmag_alloc_contiguous(client.cache, 4, 4 * FRAME_SIZE);

	if (run == FMAG_HPA_NONE)
		return;
	write_all(run + 3 * FRAME_SIZE, 6);
	fmag_dealloc_contiguous(client.cache, run, 4);
}

/* Of another size, from the same pool. */
static void use_a_large_frame(void)
{
	struct fmag_hal hal;
	fmag_hpa_t frame;

	require(fmag_arena_hal(client.arena, 4 * FRAME_SIZE, &hal) == FMAG_OK,
		"HAL");
	frame = hal.ops->alloc_frame(hal.ctx);
	if (frame == FMAG_HPA_NONE)
		return;
	write_all(frame + FRAME_SIZE, 7);
	hal.ops->dealloc_frame(hal.ctx, frame);
}

/* Each vCPU's own, parked between two turns: others may have its frames then. */
static void use_a_reserve(struct fmag_reserve *reserve)
{
	require(fmag_reserve_topup(reserve, 3) == FMAG_OK, "no reserve");
	give_back(fmag_reserve_alloc(reserve));
	write_all(reserve->frames[0], 8);
	fmag_reserve_park(reserve);
}

static void use_an_account(void)
{
	fmag_hpa_t frames[BULK];
	fmag_hpa_t frame = fmag_account_alloc_frame(account);
	size_t got = fmag_account_alloc_frames(account, frames, BULK);

	if (frame != FMAG_HPA_NONE) {
		write_all(frame, 9);
		fmag_account_dealloc_frame(account, frame);
	}
	for (size_t i = 0; i < got; i++)
		write_all(frames[i], 10);
	fmag_account_dealloc_frames(account, frames, got);
}

static void handler(int signal)
{
	fmag_hpa_t frame = fmag_alloc_frame_cached(client.cache);

	(void)signal;
	give_back(frame);
}

static void *vcpu(void *arg)
{
	struct fmag_reserve reserve;

	fmag_reserve_init(&reserve, client.cache);
	for (int turn = 0; turn < TURNS; turn++) {
		use_a_reserve(&reserve);
		use_an_account();
		hand_one_on();
		use_many();
		use_a_handle();
		if (turn % 16 == 0)
			use_a_run();
		if (turn % 16 == 8)
			use_a_large_frame();
		if (turn % 64 == 0)
			raise(SIGUSR1);
	}
	fmag_reserve_fini(&reserve);
	return arg;
}

int main(void)
{
	signal(SIGUSR1, handler);
	client_start(&client);
	require(fmag_account_create(&account, client.cache, BULK + 4) ==
			FMAG_OK,
		"account");
	run_both(vcpu, vcpu);
	require(fmag_account_destroy(account) == 0, "the VM owes frames");
	give_back(swap(FMAG_HPA_NONE));
	client_end(&client);
	return 0;
}
