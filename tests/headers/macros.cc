/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every public macro, as a C++ user expands it: their flags are not ours.
 */
#include <fmag/fmag.h>
#include <fmag/inline.h>

alignas(FMAG_CACHE_ALIGN) char storage[FMAG_CACHE_STORAGE_SIZE(
	2, 2 * FMAG_DEFAULT_MAGAZINES_PER_CPU, FMAG_DEFAULT_MAGAZINE_ROUNDS)];
alignas(FMAG_CACHE_ALIGN) char storage_on_nodes[FMAG_CACHE_STORAGE_SIZE_ON_NODES(
	1, 2, 3, 4)];

fmag_phys_frame frame = FMAG_PHYS_FRAME_UNINIT;

fmag_hpa_t addresses[] = { FMAG_HPA_NONE, FMAG_ARENA_DEFAULT_BASE };

size_t sizes[] = { FMAG_ARENA_DEFAULT_SIZE, FMAG_ARENA_GRANULE };

unsigned numbers[] = { FMAG_MAX_CPUS, FMAG_MAX_MAGAZINE_ROUNDS,
	FMAG_MAX_MAGAZINES, FMAG_MAX_NODES, FMAG_HAL_REENTRANT, FMAG_HAL_SPLITS_RUNS,
	FMAG_FRAMES_ZEROED, FMAG_ARENA_HUGETLB, FMAG_ARENA_POPULATE,
	FMAG_VERSION_MAJOR, FMAG_VERSION_MINOR, FMAG_VERSION_PATCH };

int node = FMAG_NODE_ANY;

/* The verbs, as macros of fmag/inline.h or not. */
fmag_hpa_t use_verbs(fmag_cache *cache, fmag_hpa_t *frames, size_t count);

fmag_hpa_t use_verbs(fmag_cache *cache, fmag_hpa_t *frames, size_t count)
{
	fmag_hpa_t (*alloc)(fmag_cache *) = fmag_alloc_frame;

	fmag_dealloc_frames(
		cache, frames, fmag_alloc_frames(cache, frames, count));
	fmag_dealloc_frame(cache, alloc(cache));
	return fmag_alloc_frame_cached(cache);
}

void use_scoped();

void use_scoped()
{
	FMAG_SCOPED fmag_phys_frame scoped = FMAG_PHYS_FRAME_UNINIT;

	static_cast<void>(scoped);
}
