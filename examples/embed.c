/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The least that a hypervisor does with fmag: a cache over a HAL, a frame by
 * call, a frame by handle. The marked lines stand in README.md too.
 */
#include <fmag/fmag.h>
#include <stdio.h>

static int embed(const struct fmag_hal *hal)
{
	/* [embed] */
	struct fmag_cache *cache;
	if (fmag_cache_create(&cache, hal, NULL) != FMAG_OK)
		return 1;

	fmag_hpa_t frame = fmag_alloc_frame(cache); /* on any CPU */
	if (frame != FMAG_HPA_NONE)
		fmag_dealloc_frame(cache, frame);

	{
		FMAG_SCOPED struct fmag_phys_frame table =
			FMAG_PHYS_FRAME_UNINIT;
		if (fmag_phys_frame_alloc_zero(cache, &table) == FMAG_OK)
			printf("a table at %p\n",
				fmag_phys_frame_as_mut_ptr(&table));
	} /* here the frame goes back to this CPU's magazine */

	size_t still_out = fmag_cache_destroy(cache);
	/* [/embed] */
	return still_out != 0;
}

int main(void)
{
	struct fmag_arena *arena;
	struct fmag_hal hal;
	int failed;

	if (fmag_arena_create(&arena, NULL) != FMAG_OK)
		return 1;
	if (fmag_arena_hal(arena, 4096, &hal) != FMAG_OK)
		return 1;
	failed = embed(&hal);
	fmag_arena_destroy(arena);
	return failed;
}
