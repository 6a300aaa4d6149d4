/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles that own one frame. But for its fault, by the cache's public verbs.
 */
#include <fmag/phys_frame.h>

#include <string.h>

#include "base/compiler.h"
#include "cache/cache.h"

static void require_frame(const struct fmag_phys_frame *frame)
{
	if (fmag_unlikely(frame->cache == NULL))
		fmag_panic("phys_frame is uninitialized: it owns no frame");
}

/* Fills the frame by whatever reaches it; false where nothing does. */
static bool fill(const struct fmag_phys_frame *frame, uint8_t byte)
{
	struct fmag_hal hal = fmag_cache_as_hal(frame->cache);
	void *memory = fmag_phys_to_virt(frame->cache, frame->start_paddr);

	if (memory != NULL)
		memset(memory, byte, hal.frame_size);
	else if (hal.ops->fill_frame != NULL)
		hal.ops->fill_frame(hal.ctx, frame->start_paddr, byte);
	else
		return false;
	return true;
}

struct fmag_phys_frame fmag_phys_frame_uninit(void)
{
	return (struct fmag_phys_frame)FMAG_PHYS_FRAME_UNINIT;
}

enum fmag_status fmag_phys_frame_alloc(
	struct fmag_cache *cache, struct fmag_phys_frame *frame)
{
	*frame = fmag_phys_frame_uninit();
	if (cache == NULL)
		return FMAG_ERR_INVALID;
	*frame = fmag_phys_frame_from_raw(cache, fmag_alloc_frame(cache));
	return frame->cache != NULL ? FMAG_OK : FMAG_ERR_NO_MEMORY;
}

enum fmag_status fmag_phys_frame_alloc_zero(
	struct fmag_cache *cache, struct fmag_phys_frame *frame)
{
	enum fmag_status status = fmag_phys_frame_alloc(cache, frame);

	if (status != FMAG_OK || fill(frame, 0))
		return status;
	fmag_phys_frame_drop(frame);
	return FMAG_ERR_UNSUPPORTED;
}

fmag_hpa_t fmag_phys_frame_start_paddr(const struct fmag_phys_frame *frame)
{
	require_frame(frame);
	return frame->start_paddr;
}

void *fmag_phys_frame_as_mut_ptr(const struct fmag_phys_frame *frame)
{
	require_frame(frame);
	return fmag_phys_to_virt(frame->cache, frame->start_paddr);
}

void fmag_phys_frame_fill(struct fmag_phys_frame *frame, uint8_t byte)
{
	require_frame(frame);
	if (!fill(frame, byte))
		fmag_cache_fault(
			frame->cache, FMAG_FAULT_UNMAPPED, frame->start_paddr);
}

void fmag_phys_frame_drop(struct fmag_phys_frame *frame)
{
	struct fmag_phys_frame owned = fmag_phys_frame_move(frame);

	if (owned.cache != NULL)
		fmag_dealloc_frame(owned.cache, owned.start_paddr);
}

struct fmag_phys_frame fmag_phys_frame_move(struct fmag_phys_frame *frame)
{
	struct fmag_phys_frame moved = *frame;

	*frame = fmag_phys_frame_uninit();
	return moved;
}

fmag_hpa_t fmag_phys_frame_into_raw(struct fmag_phys_frame *frame)
{
	return fmag_phys_frame_move(frame).start_paddr;
}

struct fmag_phys_frame fmag_phys_frame_from_raw(
	struct fmag_cache *cache, fmag_hpa_t paddr)
{
	if (cache == NULL || paddr == FMAG_HPA_NONE)
		return fmag_phys_frame_uninit();
	return (struct fmag_phys_frame){ cache, paddr };
}
