// SPDX-License-Identifier: BSD-2-Clause
//
// A user's program in C++17, as consumer.c. It replaces fmag_panic too.
#include <cstdio>
#include <cstdlib>
#include <fmag/fmag.h>

extern "C" void fmag_panic(const char *message)
{
	std::printf("consumer in C++: ok, and told: %s\n", message);
	std::exit(0);
}

int main()
{
	fmag_arena *arena = nullptr;
	fmag_cache *cache = nullptr;
	fmag_hal hal = {};

	if (fmag_arena_create(&arena, nullptr) != FMAG_OK)
		return 1;
	if (fmag_arena_hal(arena, 4096, &hal) != FMAG_OK)
		return 1;
	if (fmag_cache_create(&cache, &hal, nullptr) != FMAG_OK)
		return 1;
	{
		FMAG_SCOPED fmag_phys_frame frame = FMAG_PHYS_FRAME_UNINIT;
		if (fmag_phys_frame_alloc_zero(cache, &frame) != FMAG_OK)
			return 1;
		fmag_phys_frame_fill(&frame, 0x5a);
	}
	if (fmag_cache_destroy(cache) != 0)
		return 1;
	fmag_arena_destroy(arena);

	fmag_phys_frame none = fmag_phys_frame_uninit();
	fmag_phys_frame_start_paddr(&none); // panics
	return 1;
}
