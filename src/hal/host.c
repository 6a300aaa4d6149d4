/* SPDX-License-Identifier: BSD-2-Clause */
#include "hal/host.h"

#include <fmag/detail/check.h>

#include <string.h>

#include "base/atomic.h"
#include "base/bits.h"
#include "hal/annotate.h"
#include "hal/repeat.h"

#define MIN_FRAME_SIZE 512

_Static_assert(FMAG_HAL_RUN <= FMAG_REPEAT_MAX, "a run can be checked whole");

/* A run that is taken must be one that can be given back. */
static bool has_both_or_neither(const struct fmag_hal_ops *ops)
{
	bool can_take = ops->struct_size >
			offsetof(struct fmag_hal_ops, alloc_contiguous) &&
		ops->alloc_contiguous != NULL;
	bool can_give = ops->struct_size >
			offsetof(struct fmag_hal_ops, dealloc_contiguous) &&
		ops->dealloc_contiguous != NULL;

	return can_take == can_give;
}

enum fmag_status fmag_hal_check(const struct fmag_hal *hal)
{
	const size_t required = offsetof(struct fmag_hal_ops, alloc_frames);

	if (hal == NULL || hal->ops == NULL || hal->ops->struct_size < required)
		return FMAG_ERR_INVALID;
	if (hal->ops->alloc_frame == NULL || hal->ops->dealloc_frame == NULL ||
		hal->ops->phys_to_virt == NULL ||
		hal->ops->virt_to_phys == NULL)
		return FMAG_ERR_INVALID;
	if (hal->frame_size < MIN_FRAME_SIZE ||
		!fmag_is_power_of_two(hal->frame_size))
		return FMAG_ERR_INVALID;
	return has_both_or_neither(hal->ops) ? FMAG_OK : FMAG_ERR_INVALID;
}

void fmag_host_set_hal(struct fmag_host *host, const struct fmag_hal *hal)
{
	size_t size = hal->ops->struct_size;

	if (size > sizeof(host->ops))
		size = sizeof(host->ops);
	memset(&host->ops, 0, sizeof(host->ops));
	memcpy(&host->ops, hal->ops, size);
	host->ops.struct_size = sizeof(host->ops);
	host->hal = *hal;
	host->hal.ops = &host->ops;
}

bool fmag_host_is_frame(const struct fmag_host *host, fmag_hpa_t paddr)
{
	return fmag_is_frame(host->hal.frame_size - 1, paddr);
}

/*
 * The mark's only partner is a handler on the same thread or CPU, which sees
 * its stores in program order: the compiler must not move the HAL's call past
 * them. An atomic add, because on a host that preempts inside its HAL two
 * flows of control may share a CPU's mark.
 */
static void compiler_barrier(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

bool fmag_host_is_open(const struct fmag_host *host)
{
	return (host->hal.flags & FMAG_HAL_REENTRANT) != 0 ||
		fmag_load_relaxed(host->mark(host->hook_ctx)) == 0;
}

bool fmag_host_enter(struct fmag_host *host, uint32_t **mark)
{
	uint32_t *counter;

	*mark = NULL;
	if (host->hal.flags & FMAG_HAL_REENTRANT)
		return true;
	counter = host->mark(host->hook_ctx);
	if (fmag_load_relaxed(counter) != 0)
		return false;
	fmag_add_relaxed(counter, 1u);
	compiler_barrier();
	*mark = counter;
	return true;
}

void fmag_host_leave(uint32_t *mark)
{
	compiler_barrier();
	if (mark != NULL)
		fmag_sub_relaxed(mark, 1u);
}

static void count_alloc(struct fmag_host *host, size_t calls, size_t frames)
{
	fmag_add_relaxed(&host->counters->alloc_calls, calls);
	fmag_add_relaxed(&host->counters->frames_out, frames);
}

static void count_dealloc(struct fmag_host *host, size_t calls, size_t frames)
{
	fmag_add_relaxed(&host->counters->dealloc_calls, calls);
	fmag_sub_relaxed(&host->counters->frames_out, frames);
}

/* As many frames as the HAL gives; *calls says in how many calls. */
static size_t take_unchecked(struct fmag_host *host, int node,
	fmag_hpa_t *frames, size_t count, unsigned *flags, size_t *calls)
{
	size_t taken = 0;

	*calls = 1;
	*flags = 0;
	/* What the HAL leaves unwritten, and counts all the same, is no frame. */
	memset(frames, 0, count * sizeof(*frames));
	if (host->ops.alloc_frames != NULL)
		return host->ops.alloc_frames(
			host->hal.ctx, frames, count, node, flags);
	while (taken < count) {
		*calls = taken + 1;
		frames[taken] = host->ops.alloc_frame(host->hal.ctx);
		if (frames[taken] == FMAG_HPA_NONE)
			break;
		taken++;
	}
	return taken;
}

/*
 * One frame from the HAL: true where it may be used. A misaligned one goes
 * back; of a repeated one the first copy stays.
 */
static bool accept(struct fmag_host *host, struct fmag_repeat_filter *filter,
	const fmag_hpa_t *frames, size_t accepted, fmag_hpa_t frame)
{
	if (!fmag_host_is_frame(host, frame)) {
		fmag_fault_raise(
			&host->faults, FMAG_FAULT_HAL_BAD_FRAME, frame);
		if (frame != FMAG_HPA_NONE)
			host->ops.dealloc_frame(host->hal.ctx, frame);
		return false;
	}
	if (fmag_repeat_filter_add(filter, frames, accepted, frame))
		return true;
	fmag_fault_raise(&host->faults, FMAG_FAULT_HAL_REPEAT, frame);
	return false;
}

/* Packs the good ones of `count` frames to the front; how many. */
static size_t keep_good(
	struct fmag_host *host, fmag_hpa_t *frames, size_t count)
{
	struct fmag_repeat_filter filter;
	size_t good = 0;

	fmag_repeat_filter_init(&filter, host->hal.frame_size);
	for (size_t i = 0; i < count; i++) {
		if (accept(host, &filter, frames, good, frames[i]))
			frames[good++] = frames[i];
	}
	return good;
}

size_t fmag_host_take(struct fmag_host *host, int node, fmag_hpa_t *frames,
	size_t count, unsigned *flags)
{
	size_t calls, taken;

	if (count > FMAG_HAL_RUN)
		count = FMAG_HAL_RUN;
	taken = take_unchecked(host, node, frames, count, flags, &calls);
	if (taken > count) {
		fmag_fault_raise(
			&host->faults, FMAG_FAULT_HAL_OVERCOUNT, FMAG_HPA_NONE);
		taken = count;
	}
	taken = keep_good(host, frames, taken);
	count_alloc(host, calls, taken);
	fmag_annotate_frames(host, frames, taken, fmag_annotate_from_hal);
	return taken;
}

void fmag_host_give(
	struct fmag_host *host, const fmag_hpa_t *frames, size_t count)
{
	fmag_annotate_frames(host, frames, count, fmag_annotate_to_hal);
	if (count > 1 && host->ops.dealloc_frames != NULL) {
		count_dealloc(host, 1, count);
		host->ops.dealloc_frames(host->hal.ctx, frames, count);
		return;
	}
	count_dealloc(host, count, count);
	for (size_t i = 0; i < count; i++)
		host->ops.dealloc_frame(host->hal.ctx, frames[i]);
}

/* Aligned as asked, as every frame is, and not past the end of memory. */
static bool is_run(const struct fmag_host *host, fmag_hpa_t paddr, size_t count,
	size_t align)
{
	return fmag_host_is_frame(host, paddr) &&
		fmag_is_aligned(paddr, align) &&
		count * host->hal.frame_size - 1 <= UINT64_MAX - paddr;
}

bool fmag_host_has_runs(const struct fmag_host *host, size_t count)
{
	return host->ops.alloc_contiguous != NULL &&
		count <= SIZE_MAX / host->hal.frame_size;
}

fmag_hpa_t fmag_host_take_run(
	struct fmag_host *host, size_t count, size_t align)
{
	fmag_hpa_t paddr;

	paddr = host->ops.alloc_contiguous(host->hal.ctx, count, align);
	if (paddr == FMAG_HPA_NONE) {
		count_alloc(host, 1, 0);
		return FMAG_HPA_NONE;
	}
	count_alloc(host, 1, count);
	if (is_run(host, paddr, count, align))
		return paddr;
	fmag_fault_raise(&host->faults, FMAG_FAULT_HAL_BAD_FRAME, paddr);
	fmag_host_give_run(host, paddr, count);
	return FMAG_HPA_NONE;
}

void fmag_host_give_run(struct fmag_host *host, fmag_hpa_t paddr, size_t count)
{
	count_dealloc(host, 1, count);
	host->ops.dealloc_contiguous(host->hal.ctx, paddr, count);
}

void fmag_host_fill(struct fmag_host *host, fmag_hpa_t paddr, uint8_t byte)
{
	host->ops.fill_frame(host->hal.ctx, paddr, byte);
}
