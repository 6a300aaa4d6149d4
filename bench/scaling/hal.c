/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/hal.h"

#include "serve/subject.h"

#include <sys/mman.h>

static fmag_hpa_t take(struct hal *hal)
{
	if (hal->returned > 0)
		return hal->frames[--hal->returned];
	return hal->fresh < hal->size ? ++hal->fresh * RUN_FRAME_SIZE
				      : FMAG_HPA_NONE;
}

static size_t alloc_frames(
	void *ctx, fmag_hpa_t *frames, size_t count, int node, unsigned *flags)
{
	struct hal *hal = ctx;
	size_t done = 0;

	(void)node;
	(void)flags;
	pthread_mutex_lock(&hal->lock);
	while (done < count && (frames[done] = take(hal)) != FMAG_HPA_NONE)
		done++;
	pthread_mutex_unlock(&hal->lock);
	return done;
}

static void dealloc_frames(void *ctx, const fmag_hpa_t *frames, size_t count)
{
	struct hal *hal = ctx;

	pthread_mutex_lock(&hal->lock);
	for (size_t i = 0; i < count; i++)
		hal->frames[hal->returned++] = frames[i];
	pthread_mutex_unlock(&hal->lock);
}

static fmag_hpa_t alloc_frame(void *ctx)
{
	fmag_hpa_t frame = FMAG_HPA_NONE;

	(void)alloc_frames(ctx, &frame, 1, FMAG_NODE_ANY, NULL);
	return frame;
}

static void dealloc_frame(void *ctx, fmag_hpa_t frame)
{
	dealloc_frames(ctx, &frame, 1);
}

/* There is no memory behind them. */
static void *phys_to_virt(void *ctx, fmag_hpa_t paddr)
{
	(void)ctx;
	(void)paddr;
	return NULL;
}

static fmag_hpa_t virt_to_phys(void *ctx, const void *vaddr)
{
	(void)ctx;
	(void)vaddr;
	return FMAG_HPA_NONE;
}

bool hal_open(struct hal *hal, size_t size)
{
	*hal = (struct hal){ .size = size };
	pthread_mutex_init(&hal->lock, NULL);
	hal->frames =
		mmap(NULL, size * sizeof(*hal->frames), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return hal->frames != MAP_FAILED;
}

void hal_close(struct hal *hal)
{
	munmap(hal->frames, hal->size * sizeof(*hal->frames));
	pthread_mutex_destroy(&hal->lock);
}

struct fmag_hal hal_verbs(struct hal *hal)
{
	static const struct fmag_hal_ops ops = {
		.struct_size = sizeof(ops),
		.alloc_frame = alloc_frame,
		.dealloc_frame = dealloc_frame,
		.phys_to_virt = phys_to_virt,
		.virt_to_phys = virt_to_phys,
		.alloc_frames = alloc_frames,
		.dealloc_frames = dealloc_frames,
	};

	return (struct fmag_hal){
		.ops = &ops,
		.ctx = hal,
		.frame_size = RUN_FRAME_SIZE,
		.flags = FMAG_HAL_REENTRANT | FMAG_HAL_SPLITS_RUNS,
	};
}
