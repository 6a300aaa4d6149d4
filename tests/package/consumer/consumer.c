/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A user's program in C11: one frame, by call and by handle. Exits with 0 if
 * all went well and no frame was lost.
 */
#include <fmag/fmag.h>
#include <stdio.h>

static int use(struct fmag_cache *cache)
{
	FMAG_SCOPED struct fmag_phys_frame handle = FMAG_PHYS_FRAME_UNINIT;
	fmag_hpa_t frame = fmag_alloc_frame(cache);

	if (frame == FMAG_HPA_NONE)
		return 1;
	fmag_dealloc_frame(cache, frame);
	return fmag_phys_frame_alloc_zero(cache, &handle) != FMAG_OK;
}

int main(void)
{
	struct fmag_arena *arena;
	struct fmag_cache *cache;
	struct fmag_hal hal;
	int failed;

	if (fmag_arena_create(&arena, NULL) != FMAG_OK)
		return 1;
	if (fmag_arena_hal(arena, 4096, &hal) != FMAG_OK)
		return 1;
	if (fmag_cache_create(&cache, &hal, NULL) != FMAG_OK)
		return 1;
	failed = use(cache);
	if (fmag_cache_destroy(cache) != 0)
		failed = 1;
	fmag_arena_destroy(arena);
	printf("consumer in C: %s\n", failed ? "failed" : "ok");
	return failed;
}
