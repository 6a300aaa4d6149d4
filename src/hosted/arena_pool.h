/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena's memory: a mapping of a memfd, or anonymous, on huge pages where
 * they are asked for and to be had.
 */
#ifndef FMAG_HOSTED_ARENA_POOL_H
#define FMAG_HOSTED_ARENA_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include <fmag/arena.h>

struct fmag_arena_pool {
	void *memory;
	size_t mapped;    /* bytes: the arena's, rounded up to page_size */
	size_t page_size; /* bytes of the system's pages behind it */
	int fd;           /* the memfd, or -1 */
};

/*
 * Maps config->size bytes; no member of `*config` is a default any more, but
 * on_message. A size that is no multiple of a huge page has its mapping, and
 * its memfd, rounded up to one: the rest of the last page is not used.
 *
 * Context:  thread.
 * Progress: blocking.
 * Returns:  false: the system gave no memory; nothing is left behind.
 */
bool fmag_arena_pool_map(
	struct fmag_arena_pool *pool, const struct fmag_arena_config *config);

void fmag_arena_pool_unmap(struct fmag_arena_pool *pool);

/* Bytes of the pages that mappings are made of by default. */
size_t fmag_system_page_size(void);

#endif
