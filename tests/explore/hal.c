/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/hal.h"

#include <stdbool.h>

#include "explore/contents.h"
#include "explore/explore.h"
#include "explore/step.h"
#include "explore/world.h"

static struct thread_state *enter(void)
{
	struct thread_state *thread = &world.threads[explore_thread()];

	if (thread->in_hal > 0 && !stage.scenario->reentrant_hal)
		explore_fail("G6: the HAL is entered by a handler that "
			     "interrupted it");
	thread->in_hal++;
	thread->actors[thread->depth].call.met_hal = true;
	explore_step("the HAL is entered");
	return thread;
}

static void leave(struct thread_state *thread)
{
	explore_step("the HAL is left");
	thread->in_hal--;
}

/* Takes one out, and closes the gap. */
static uint8_t take_at(unsigned at)
{
	uint8_t index = world.hal_free[at];

	world.hal_free_count--;
	for (unsigned i = at; i < world.hal_free_count; i++)
		world.hal_free[i] = world.hal_free[i + 1];
	return index;
}

static bool is_of(int node, unsigned index)
{
	return node == FMAG_NODE_ANY ||
		index % stage.node_count == (unsigned)node;
}

static fmag_hpa_t take(int node)
{
	unsigned at = world.hal_free_count;
	fmag_hpa_t frame;
	uint8_t index;

	while (at > 0 && !is_of(node, world.hal_free[at - 1]))
		at--;
	if (at == 0)
		return FMAG_HPA_NONE;
	index = take_at(at - 1);
	world.is_in_hal[index] = 0;
	frame = frame_address(index);
	contents_acquire(frame);
	return frame;
}

static void give(fmag_hpa_t frame)
{
	unsigned index = frame_index(frame);

	if (index == MAX_FRAMES || world.is_in_hal[index])
		explore_fail("G2: the HAL is given what it has, or never had");
	contents_release(frame);
	world.is_in_hal[index] = 1;
	if (world.is_offline[index])
		world.hal_offline_count++;
	else
		world.hal_free[world.hal_free_count++] = (uint8_t)index;
}

void hal_take_offline(unsigned index)
{
	uint8_t left = 0;

	if (world.is_offline[index])
		return;
	world.is_offline[index] = 1;
	world.hal_offline_count += world.is_in_hal[index];
	for (uint8_t i = 0; i < world.hal_free_count; i++) {
		if (world.hal_free[i] != index)
			world.hal_free[left++] = world.hal_free[i];
	}
	world.hal_free_count = left;
}

/* Not a step of its own: the frame is its caller's alone. */
static void fill_frame(void *ctx, fmag_hpa_t frame, uint8_t byte)
{
	(void)ctx;
	contents_write(frame);
	world.is_zero[frame_index(frame)] = byte == 0;
}

static fmag_hpa_t alloc_frame(void *ctx)
{
	struct thread_state *thread = enter();
	fmag_hpa_t frame = take(FMAG_NODE_ANY);

	(void)ctx;
	leave(thread);
	return frame;
}

static void dealloc_frame(void *ctx, fmag_hpa_t frame)
{
	struct thread_state *thread = enter();

	(void)ctx;
	give(frame);
	leave(thread);
}

static size_t alloc_frames(
	void *ctx, fmag_hpa_t *frames, size_t count, int node, unsigned *flags)
{
	struct thread_state *thread = enter();
	size_t taken = 0;

	(void)ctx;
	while (taken < count && (frames[taken] = take(node)) != FMAG_HPA_NONE)
		taken++;
	if (stage.scenario->zeroed_hal) {
		*flags = FMAG_FRAMES_ZEROED;
		for (size_t i = 0; i < taken; i++)
			fill_frame(NULL, frames[i], 0);
	}
	leave(thread);
	return taken;
}

static void dealloc_frames(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	struct thread_state *thread = enter();

	(void)ctx;
	for (size_t i = 0; i < count; i++)
		give(frames[i]);
	leave(thread);
}

static void *phys_to_virt(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	(void)frame;
	return NULL;
}

static fmag_hpa_t virt_to_phys(void *ctx, const void *address)
{
	(void)ctx;
	(void)address;
	return FMAG_HPA_NONE;
}

static const struct fmag_hal_ops single_ops = {
	.struct_size = sizeof(single_ops),
	.alloc_frame = alloc_frame,
	.dealloc_frame = dealloc_frame,
	.phys_to_virt = phys_to_virt,
	.virt_to_phys = virt_to_phys,
	.fill_frame = fill_frame,
};

static const struct fmag_hal_ops bulk_ops = {
	.struct_size = sizeof(bulk_ops),
	.alloc_frame = alloc_frame,
	.dealloc_frame = dealloc_frame,
	.phys_to_virt = phys_to_virt,
	.virt_to_phys = virt_to_phys,
	.fill_frame = fill_frame,
	.alloc_frames = alloc_frames,
	.dealloc_frames = dealloc_frames,
};

void hal_fill(void)
{
	unsigned frames = stage.scenario->frames;

	for (unsigned i = 0; i < frames; i++) {
		world.hal_free[i] = (uint8_t)(frames - 1 - i);
		world.is_in_hal[i] = 1;
	}
	world.hal_free_count = (uint8_t)frames;
}

struct fmag_hal hal_of(const struct scenario *scenario)
{
	return (struct fmag_hal){
		.ops = scenario->bulk_hal ? &bulk_ops : &single_ops,
		.frame_size = FRAME_SIZE,
		.flags = scenario->reentrant_hal ? FMAG_HAL_REENTRANT : 0,
	};
}
