/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for a cache. It begins so that the part that a forked child keeps ends
 * at a page boundary; all pages after it are wiped in the child
 * (MADV_WIPEONFORK), so that it has none of the frames.
 */
#ifndef FMAG_HOSTED_STORAGE_H
#define FMAG_HOSTED_STORAGE_H

#include <stddef.h>

/* Of `size` bytes, zero, of which the first `kept` are kept; NULL: none. */
void *fmag_map_storage(size_t size, size_t kept);

/* With the same sizes. */
void fmag_unmap_storage(void *storage, size_t size, size_t kept);

#endif
