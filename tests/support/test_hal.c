/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/test_hal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static __thread bool thread_is_inside;

static void die(const char *what)
{
	fprintf(stderr, "test_hal: %s\n", what);
	abort();
}

static void enter(struct test_hal *hal)
{
	if (thread_is_inside)
		die("entered again by the thread that is inside");
	thread_is_inside = true;
	pthread_mutex_lock(&hal->lock);
}

static void leave(struct test_hal *hal)
{
	pthread_mutex_unlock(&hal->lock);
	thread_is_inside = false;
}

bool test_hal_is_entered(void)
{
	return thread_is_inside;
}

size_t test_hal_index(const struct test_hal *hal, fmag_hpa_t frame)
{
	size_t index = (size_t)(frame - TEST_HAL_BASE) / TEST_HAL_FRAME_SIZE;

	if (frame < TEST_HAL_BASE || frame % TEST_HAL_FRAME_SIZE != 0 ||
		index >= hal->options.frames)
		die("not a frame of this HAL");
	return index;
}

static fmag_hpa_t address(size_t index)
{
	return TEST_HAL_BASE + index * TEST_HAL_FRAME_SIZE;
}

static void interrupt(struct test_hal *hal, void (*handler)(void *ctx))
{
	if (handler != NULL)
		handler(hal->inside_ctx);
}

/* Under the lock: counts a call; true where it is to fail. */
static bool call_fails(struct test_hal *hal)
{
	hal->calls++;
	interrupt(hal, hal->inside_alloc);
	return hal->fail_all || hal->calls == hal->fail_call;
}

unsigned test_hal_node(const struct test_hal *hal, fmag_hpa_t frame)
{
	return (unsigned)(test_hal_index(hal, frame) % hal->options.nodes);
}

static bool is_of(const struct test_hal *hal, int node, size_t index)
{
	return node == FMAG_NODE_ANY ||
		index % hal->options.nodes == (unsigned)node;
}

static fmag_hpa_t take_of(struct test_hal *hal, int node)
{
	size_t at = hal->free_count, index;

	while (at > 0 && !is_of(hal, node, hal->free_list[at - 1]))
		at--;
	if (at == 0)
		return FMAG_HPA_NONE;
	index = hal->free_list[at - 1];
	hal->free_count--;
	memmove(&hal->free_list[at - 1], &hal->free_list[at],
		(hal->free_count - (at - 1)) * sizeof(*hal->free_list));
	hal->is_out[index] = 1;
	return address(index);
}

static fmag_hpa_t take(struct test_hal *hal)
{
	return take_of(hal, FMAG_NODE_ANY);
}

static void give(struct test_hal *hal, fmag_hpa_t frame)
{
	size_t index = test_hal_index(hal, frame);

	if (!hal->is_out[index])
		die("a frame came back twice");
	hal->is_out[index] = 0;
	hal->free_list[hal->free_count++] = index;
}

static enum test_hal_lie next_lie(struct test_hal *hal)
{
	enum test_hal_lie lie = hal->lie;

	hal->lie = TEST_HAL_HONEST;
	return lie;
}

static fmag_hpa_t alloc_frame(void *ctx)
{
	struct test_hal *hal = ctx;
	fmag_hpa_t frame = FMAG_HPA_NONE;

	enter(hal);
	if (!call_fails(hal))
		frame = take(hal);
	if (frame != FMAG_HPA_NONE && next_lie(hal) == TEST_HAL_MISALIGNED)
		frame += 8;
	leave(hal);
	return frame;
}

static void dealloc_frame(void *ctx, fmag_hpa_t frame)
{
	struct test_hal *hal = ctx;

	enter(hal);
	interrupt(hal, hal->inside_dealloc);
	/* What it lied about comes back as it went out. */
	give(hal, frame & ~(TEST_HAL_FRAME_SIZE - 1));
	leave(hal);
}

static size_t lie_about(struct test_hal *hal, fmag_hpa_t *frames, size_t taken)
{
	switch (next_lie(hal)) {
	case TEST_HAL_HONEST:
		break;
	case TEST_HAL_MISALIGNED:
		frames[0] += 8;
		break;
	case TEST_HAL_REPEATS:
		if (taken > 1) {
			give(hal, frames[taken - 1]);
			frames[taken - 1] = frames[0];
		}
		break;
	case TEST_HAL_OVERCOUNTS:
	case TEST_HAL_LEAVES_ONE_OUT:
		return taken + 1;
	case TEST_HAL_NONE_AMONG:
		give(hal, frames[0]);
		frames[0] = FMAG_HPA_NONE;
		break;
	case TEST_HAL_LESS_ALIGNED:
		break;
	}
	return taken;
}

static size_t take_many(
	struct test_hal *hal, fmag_hpa_t *frames, size_t count, int node)
{
	size_t taken = 0;
	fmag_hpa_t frame;

	if (hal->lie == TEST_HAL_LEAVES_ONE_OUT)
		count--;
	while (taken < count && (frame = take_of(hal, node)) != FMAG_HPA_NONE)
		frames[taken++] = frame;
	return lie_about(hal, frames, taken);
}

static size_t alloc_frames(
	void *ctx, fmag_hpa_t *frames, size_t count, int node, unsigned *flags)
{
	struct test_hal *hal = ctx;
	size_t taken = 0;

	if (node != FMAG_NODE_ANY && hal->options.nodes == 0)
		die("alloc_frames: a node, where there are none");
	if (*flags != 0)
		die("alloc_frames: flags set on entry");
	enter(hal);
	hal->calls_for_node += node != FMAG_NODE_ANY;
	if (!call_fails(hal))
		taken = take_many(hal, frames, count, node);
	*flags = hal->options.zeroed ? FMAG_FRAMES_ZEROED : 0;
	leave(hal);
	return taken;
}

static void dealloc_frames(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	struct test_hal *hal = ctx;

	enter(hal);
	interrupt(hal, hal->inside_dealloc);
	for (size_t i = 0; i < count; i++)
		give(hal, frames[i]);
	hal->given_back_in_bulk += count;
	leave(hal);
}

static bool run_is_free(
	const struct test_hal *hal, size_t first, size_t count, size_t align)
{
	if (address(first) % align != 0 || first + count > hal->options.frames)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (hal->is_out[first + i])
			return false;
	}
	return true;
}

/* Takes one frame of known index off the free list. */
static void take_index(struct test_hal *hal, size_t index)
{
	size_t at = 0;

	while (hal->free_list[at] != index)
		at++;
	hal->free_list[at] = hal->free_list[--hal->free_count];
	hal->is_out[index] = 1;
}

static fmag_hpa_t take_run(struct test_hal *hal, size_t count, size_t align)
{
	enum test_hal_lie lie = next_lie(hal);
	size_t first = 0;

	if (lie == TEST_HAL_LESS_ALIGNED) {
		align = TEST_HAL_FRAME_SIZE;
		first = 1;
	}
	while (first < hal->options.frames &&
		!run_is_free(hal, first, count, align))
		first++;
	if (first == hal->options.frames)
		return FMAG_HPA_NONE;
	for (size_t i = 0; i < count; i++)
		take_index(hal, first + i);
	return address(first) + (lie == TEST_HAL_MISALIGNED ? 8 : 0);
}

static fmag_hpa_t alloc_contiguous(void *ctx, size_t count, size_t align)
{
	struct test_hal *hal = ctx;
	fmag_hpa_t run = FMAG_HPA_NONE;

	enter(hal);
	if (!call_fails(hal))
		run = take_run(hal, count, align);
	leave(hal);
	return run;
}

static void dealloc_contiguous(void *ctx, fmag_hpa_t run, size_t count)
{
	struct test_hal *hal = ctx;

	enter(hal);
	interrupt(hal, hal->inside_dealloc);
	run &= ~(TEST_HAL_FRAME_SIZE - 1);
	for (size_t i = 0; i < count; i++)
		give(hal, run + i * TEST_HAL_FRAME_SIZE);
	leave(hal);
}

static void *phys_to_virt(void *ctx, fmag_hpa_t frame)
{
	struct test_hal *hal = ctx;

	if (hal->options.unmapped)
		return NULL;
	return hal->memory + (frame - TEST_HAL_BASE);
}

static fmag_hpa_t virt_to_phys(void *ctx, const void *vaddr)
{
	struct test_hal *hal = ctx;
	const char *byte = vaddr;

	if (byte < hal->memory ||
		byte >= hal->memory + hal->options.frames * TEST_HAL_FRAME_SIZE)
		return FMAG_HPA_NONE;
	return TEST_HAL_BASE + (fmag_hpa_t)(byte - hal->memory);
}

static void fill_frame(void *ctx, fmag_hpa_t frame, uint8_t byte)
{
	struct test_hal *hal = ctx;

	enter(hal);
	interrupt(hal, hal->inside_fill);
	test_hal_index(hal, frame);
	hal->filled_with = byte;
	leave(hal);
}

static void set_ops(struct test_hal *hal)
{
	hal->ops = (struct fmag_hal_ops){
		.struct_size = sizeof(hal->ops),
		.alloc_frame = alloc_frame,
		.dealloc_frame = dealloc_frame,
		.phys_to_virt = phys_to_virt,
		.virt_to_phys = virt_to_phys,
	};
	if (hal->options.bulk) {
		hal->ops.alloc_frames = alloc_frames;
		hal->ops.dealloc_frames = dealloc_frames;
	}
	if (hal->options.contiguous) {
		hal->ops.alloc_contiguous = alloc_contiguous;
		hal->ops.dealloc_contiguous = dealloc_contiguous;
	}
	if (hal->options.fill)
		hal->ops.fill_frame = fill_frame;
}

void test_hal_init(struct test_hal *hal, struct test_hal_options options)
{
	int protection = options.readable ? PROT_READ | PROT_WRITE : PROT_NONE;

	memset(hal, 0, sizeof(*hal));
	hal->options = options;
	hal->memory = mmap(NULL, options.frames * TEST_HAL_FRAME_SIZE,
		protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	hal->free_list = calloc(options.frames, sizeof(*hal->free_list));
	hal->is_out = calloc(options.frames, 1);
	if (hal->memory == MAP_FAILED || hal->free_list == NULL ||
		hal->is_out == NULL)
		die("no memory for the test");
	pthread_mutex_init(&hal->lock, NULL);
	for (size_t i = options.frames; i > 0; i--)
		hal->free_list[hal->free_count++] = i - 1;
	set_ops(hal);
	hal->hal = (struct fmag_hal){
		.ops = &hal->ops,
		.ctx = hal,
		.frame_size = TEST_HAL_FRAME_SIZE,
		.flags = (options.reentrant ? FMAG_HAL_REENTRANT : 0) |
			(options.splits ? FMAG_HAL_SPLITS_RUNS : 0),
	};
}

void test_hal_fini(struct test_hal *hal)
{
	munmap(hal->memory, hal->options.frames * TEST_HAL_FRAME_SIZE);
	free(hal->free_list);
	free(hal->is_out);
	pthread_mutex_destroy(&hal->lock);
}

size_t test_hal_out(const struct test_hal *hal)
{
	return hal->options.frames - hal->free_count;
}
