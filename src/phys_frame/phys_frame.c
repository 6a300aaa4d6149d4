/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles that own one frame.
 */
#include <fmag/phys_frame.h>
#include <fmag/retire.h>

#include "base/compiler.h"
#include "cache/cache.h"

static void require_frame(const struct fmag_phys_frame *frame)
{
	if (fmag_unlikely(frame->cache == NULL))
		fmag_panic("phys_frame is uninitialized: it owns no frame");
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
	enum fmag_status status;

	*frame = fmag_phys_frame_uninit();
	if (cache == NULL)
		return FMAG_ERR_INVALID;
	*frame = fmag_phys_frame_from_raw(
		cache, fmag_cache_alloc_zeroed(cache, &status));
	return status;
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
	if (fmag_cache_fill(frame->cache, frame->start_paddr, byte) != FMAG_OK)
		fmag_cache_fault(
			frame->cache, FMAG_FAULT_UNMAPPED, frame->start_paddr);
}

void fmag_phys_frame_drop(struct fmag_phys_frame *frame)
{
	struct fmag_phys_frame owned = fmag_phys_frame_move(frame);

	if (owned.cache != NULL)
		fmag_dealloc_frame(owned.cache, owned.start_paddr);
}

enum fmag_status fmag_phys_frame_retire(struct fmag_phys_frame *frame)
{
	enum fmag_status status;

	if (frame->cache == NULL)
		return FMAG_OK;
	status = fmag_retire_frame(frame->cache, frame->start_paddr);
	if (status == FMAG_OK)
		*frame = fmag_phys_frame_uninit();
	return status;
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
