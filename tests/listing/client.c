/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client with the hits compiled in; what they are compiled to is counted.
 */
#include <fmag/inline.h>

fmag_hpa_t client_alloc(struct fmag_cache *cache);
void client_dealloc(struct fmag_cache *cache, fmag_hpa_t frame);

fmag_hpa_t client_alloc(struct fmag_cache *cache)
{
	return fmag_alloc_frame(cache);
}

void client_dealloc(struct fmag_cache *cache, fmag_hpa_t frame)
{
	fmag_dealloc_frame(cache, frame);
}
