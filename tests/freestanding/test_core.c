/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core as a hypervisor builds it, -ffreestanding and with the CPU's number
 * compiled in, run here: its hits are code that no hosted library has
 * (front/hit.h).
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <fmag/fmag.h>

#include "freestanding/played_cpu.h"
#include "support/interrupts.h"

#define CPUS       4
#define ROUNDS     6
#define FRAMES     512
#define FRAME_SIZE 4096
#define HELD       16
#define PERIOD     20000 /* ns between interrupts */
#define OPERATIONS 300000

__thread unsigned played_cpu;

void fmag_panic(const char *message)
{
	cr_assert_fail("%s", message);
	abort();
}

/* A HAL that may be called from a handler: a byte a frame, 1 where it is free. */
static atomic_uchar free_frames[FRAMES];

static fmag_hpa_t take_frame(void *ctx)
{
	(void)ctx;
	for (size_t i = 0; i < FRAMES; i++) {
		if (atomic_exchange(&free_frames[i], 0) != 0)
			return (i + 1) * FRAME_SIZE;
	}
	return FMAG_HPA_NONE;
}

static void give_frame(void *ctx, fmag_hpa_t paddr)
{
	(void)ctx;
	cr_assert_eq(atomic_exchange(&free_frames[paddr / FRAME_SIZE - 1], 1),
		0, "the HAL was given a frame twice");
}

static void *no_memory(void *ctx, fmag_hpa_t paddr)
{
	(void)ctx;
	(void)paddr;
	return NULL;
}

static fmag_hpa_t no_address(void *ctx, const void *vaddr)
{
	(void)ctx;
	(void)vaddr;
	return FMAG_HPA_NONE;
}

static const struct fmag_hal_ops hal_ops = {
	.struct_size = sizeof(hal_ops),
	.alloc_frame = take_frame,
	.dealloc_frame = give_frame,
	.phys_to_virt = no_memory,
	.virt_to_phys = no_address,
};
static const struct fmag_hal hal = { &hal_ops, NULL, FRAME_SIZE,
	FMAG_HAL_REENTRANT };

#define MAGAZINES (CPUS * 4)
static _Alignas(FMAG_CACHE_ALIGN) char storage[FMAG_CACHE_STORAGE_SIZE(
	CPUS, MAGAZINES, ROUNDS)];

static struct fmag_config config(void)
{
	return (struct fmag_config){
		.struct_size = sizeof(struct fmag_config),
		.cpu_count = CPUS,
		.magazine_count = MAGAZINES,
		.magazine_rounds = ROUNDS,
	};
}

static struct fmag_cache *make(const struct fmag_config *config)
{
	struct fmag_cache *cache;

	for (size_t i = 0; i < FRAMES; i++)
		atomic_store(&free_frames[i], 1);
	cr_assert_eq(
		fmag_cache_init(&cache, storage, sizeof(storage), &hal, config),
		FMAG_OK);
	return cache;
}

static void end(struct fmag_cache *cache)
{
	cr_assert_eq(fmag_cache_fini(cache), 0, "frames are still out (G1)");
	for (size_t i = 0; i < FRAMES; i++)
		cr_assert_eq(atomic_load(&free_frames[i]), 1,
			"frame %zu did not come back to the HAL (G1)", i);
}

/* Whom a frame belongs to; 0: nobody that was handed it out. */
static atomic_uint owner_of[FRAMES];

static void own(fmag_hpa_t frame, unsigned who)
{
	cr_assert_eq(atomic_exchange(&owner_of[frame / FRAME_SIZE - 1], who), 0,
		"a frame has two owners (G2)");
}

static void disown(fmag_hpa_t frame, unsigned who)
{
	cr_assert_eq(atomic_exchange(&owner_of[frame / FRAME_SIZE - 1], 0), who,
		"a frame had another owner (G2)");
}

Test(freestanding_core, the_owner_front_is_its_default)
{
	struct fmag_config wanted = config();
	struct fmag_cache *cache = make(&wanted);
	struct fmag_cache_stats stats;

	fmag_cache_get_stats(cache, &stats);
	cr_assert_eq(stats.front, FMAG_FRONT_OWNER);
	end(cache);
}

static unsigned never_called(void *ctx)
{
	(void)ctx;
	cr_assert_fail("the hook was called");
	return 0;
}

Test(freestanding_core, a_hook_for_what_is_compiled_in_is_refused)
{
	struct fmag_config wanted = config();
	struct fmag_cache *cache;

	wanted.current_cpu = never_called;
	cr_assert_eq(fmag_cache_init(
			     &cache, storage, sizeof(storage), &hal, &wanted),
		FMAG_ERR_INVALID);
}

Test(freestanding_core, each_cpu_hits_its_own_magazine_last_first)
{
	struct fmag_config wanted = config();
	struct fmag_cache *cache = make(&wanted);
	fmag_hpa_t frames[CPUS][2];

	for (played_cpu = 0; played_cpu < CPUS; played_cpu++) {
		frames[played_cpu][0] = fmag_alloc_frame(cache);
		frames[played_cpu][1] = fmag_alloc_frame(cache);
		fmag_dealloc_frame(cache, frames[played_cpu][0]);
		fmag_dealloc_frame(cache, frames[played_cpu][1]);
	}
	for (played_cpu = 0; played_cpu < CPUS; played_cpu++) {
		cr_assert_eq(fmag_alloc_frame(cache), frames[played_cpu][1]);
		cr_assert_eq(fmag_alloc_frame(cache), frames[played_cpu][0]);
		fmag_dealloc_frame(cache, frames[played_cpu][0]);
		fmag_dealloc_frame(cache, frames[played_cpu][1]);
	}
	played_cpu = 0;
	end(cache);
}

static enum fmag_fault_kind last_fault;

static void note_fault(void *ctx, const struct fmag_fault *fault)
{
	(void)ctx;
	last_fault = fault->kind;
}

Test(freestanding_core, misuse_is_named)
{
	struct fmag_config wanted = config();
	struct fmag_cache *cache;
	fmag_hpa_t frame;

	wanted.on_fault = note_fault;
	cache = make(&wanted);
	frame = fmag_alloc_frame(cache);
	fmag_dealloc_frame(cache, frame);
	fmag_dealloc_frame(cache, frame);
	cr_assert_eq(last_fault, FMAG_FAULT_DOUBLE_FREE);
	fmag_dealloc_frame(cache, FRAME_SIZE + 8);
	cr_assert_eq(last_fault, FMAG_FAULT_NOT_A_FRAME);
	played_cpu = CPUS;
	frame = fmag_alloc_frame(cache);
	cr_assert_eq(last_fault, FMAG_FAULT_BAD_CPU);
	fmag_dealloc_frame(cache, frame);
	played_cpu = 0;
	end(cache);
}

static unsigned masks, unmasks;

static uintptr_t mask(void *ctx)
{
	(void)ctx;
	return ++masks;
}

static void unmask(void *ctx, uintptr_t state)
{
	(void)ctx;
	cr_assert_eq(state, masks, "unmask gets what mask returned");
	unmasks++;
}

/* A hit must not be where it is not masked. */
Test(freestanding_core, a_host_that_masks_is_asked_at_each_operation)
{
	struct fmag_config wanted = config();
	struct fmag_cache *cache;
	fmag_hpa_t frame;
	unsigned before;

	wanted.mask = mask;
	wanted.unmask = unmask;
	cache = make(&wanted);
	fmag_dealloc_frame(cache, fmag_alloc_frame(cache));
	before = masks;
	frame = fmag_alloc_frame(cache);
	cr_assert_eq(masks, before + 1);
	fmag_dealloc_frame(cache, frame);
	cr_assert_eq(masks, before + 2);
	cr_assert_eq(unmasks, masks);
	end(cache);
}

static struct fmag_cache *shared;

/* Handlers are other owners than what they interrupt. */
static void interrupt(int signal)
{
	unsigned who = 100 + played_cpu;
	fmag_hpa_t frames[3];

	(void)signal;
	for (size_t i = 0; i < 3; i++) {
		frames[i] = fmag_alloc_frame(shared);
		if (frames[i] != FMAG_HPA_NONE)
			own(frames[i], who);
	}
	for (size_t i = 0; i < 3; i++) {
		if (frames[i] == FMAG_HPA_NONE)
			continue;
		disown(frames[i], who);
		fmag_dealloc_frame(shared, frames[i]);
	}
}

static void *run_cpu(void *argument)
{
	fmag_hpa_t held[HELD] = { 0 };
	unsigned who;
	timer_t timer;

	played_cpu = (unsigned)(uintptr_t)argument;
	who = 1 + played_cpu;
	timer = interrupts_start(PERIOD);
	for (size_t i = 0; i < OPERATIONS; i++) {
		fmag_hpa_t *frame = &held[i * 7 % HELD];

		if (*frame != FMAG_HPA_NONE) {
			disown(*frame, who);
			fmag_dealloc_frame(shared, *frame);
			*frame = FMAG_HPA_NONE;
		} else if ((*frame = fmag_alloc_frame(shared)) !=
			FMAG_HPA_NONE) {
			own(*frame, who);
		}
	}
	timer_delete(timer);
	for (size_t i = 0; i < HELD; i++) {
		if (held[i] != FMAG_HPA_NONE)
			fmag_dealloc_frame(shared, held[i]);
	}
	return NULL;
}

Test(freestanding_core, g6_a_handler_may_interrupt_a_hit, .timeout = 100)
{
	struct fmag_config wanted = config();
	struct sigaction action = { .sa_handler = interrupt };
	pthread_t threads[CPUS];

	shared = make(&wanted);
	sigaction(SIGUSR1, &action, NULL);
	for (uintptr_t cpu = 0; cpu < CPUS; cpu++)
		cr_assert_eq(pthread_create(
				     &threads[cpu], NULL, run_cpu, (void *)cpu),
			0);
	for (size_t cpu = 0; cpu < CPUS; cpu++)
		pthread_join(threads[cpu], NULL);
	end(shared);
}
