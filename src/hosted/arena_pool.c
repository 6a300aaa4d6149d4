/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arena's memory.
 */
#include "hosted/arena_pool.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE_SIZE ((size_t)2 << 20)

/*
 * log2 of the page size in bits 26 and up: MFD_HUGE_2MB and MAP_HUGE_2MB both,
 * which only the kernel's own headers define.
 */
#define HUGE_PAGE_FLAG (21u << 26)

/* Linux 5.14; not in every libc's headers yet. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

size_t fmag_system_page_size(void)
{
	long size = sysconf(_SC_PAGESIZE);

	return size > 0 ? (size_t)size : FMAG_ARENA_GRANULE;
}

static bool is_huge(const struct fmag_arena_pool *pool)
{
	return pool->page_size == HUGE_PAGE_SIZE;
}

/* Rounds up; false if that passes the end of all numbers. */
static bool round_up(size_t size, size_t page_size, size_t *rounded)
{
	*rounded = (size + page_size - 1) & ~(page_size - 1);
	return *rounded >= size;
}

static bool open_memfd(struct fmag_arena_pool *pool)
{
	unsigned huge = is_huge(pool) ? MFD_HUGETLB | HUGE_PAGE_FLAG : 0;

	if (pool->mapped > (size_t)INT64_MAX) {
		errno = EFBIG;
		return false;
	}
	pool->fd = memfd_create("fmag-arena", MFD_CLOEXEC | huge);
	return pool->fd >= 0 && ftruncate(pool->fd, (off_t)pool->mapped) == 0;
}

static bool map_memory(struct fmag_arena_pool *pool)
{
	int flags = MAP_SHARED;
	void *memory;

	if (pool->fd < 0) {
		flags = MAP_PRIVATE | MAP_ANONYMOUS;
		if (is_huge(pool))
			flags |= MAP_HUGETLB | (int)HUGE_PAGE_FLAG;
	}
	memory = mmap(
		NULL, pool->mapped, PROT_READ | PROT_WRITE, flags, pool->fd, 0);
	if (memory == MAP_FAILED)
		return false;
	pool->memory = memory;
	return true;
}

/* By hand, for kernels without MADV_POPULATE_WRITE. */
static void touch_pages(const struct fmag_arena_pool *pool)
{
	volatile char *memory = pool->memory;

	for (size_t at = 0; at < pool->mapped; at += pool->page_size)
		memory[at] = 0;
}

/*
 * Not MAP_POPULATE, which says nothing when it fails: the first touch of a
 * missing page would then end the program.
 */
static bool populate(const struct fmag_arena_pool *pool)
{
	if (madvise(pool->memory, pool->mapped, MADV_POPULATE_WRITE) == 0)
		return true;
	if (errno != EINVAL)
		return false;
	touch_pages(pool);
	return true;
}

void fmag_arena_pool_unmap(struct fmag_arena_pool *pool)
{
	if (pool->memory != NULL)
		munmap(pool->memory, pool->mapped);
	if (pool->fd >= 0)
		close(pool->fd);
	pool->memory = NULL;
	pool->fd = -1;
}

static bool map_steps(
	struct fmag_arena_pool *pool, const struct fmag_arena_config *config)
{
	if (config->backing == FMAG_ARENA_MEMFD && !open_memfd(pool))
		return false;
	if (!map_memory(pool))
		return false;
	return !(config->flags & FMAG_ARENA_POPULATE) || populate(pool);
}

/* All the steps with one page size, or none; errno says why not. */
static bool map_with(struct fmag_arena_pool *pool,
	const struct fmag_arena_config *config, size_t page_size)
{
	int error;

	pool->memory = NULL;
	pool->page_size = page_size;
	pool->fd = -1;
	if (!round_up(config->size, page_size, &pool->mapped)) {
		errno = ENOMEM;
		return false;
	}
	if (map_steps(pool, config))
		return true;
	error = errno;
	fmag_arena_pool_unmap(pool);
	errno = error;
	return false;
}

static void tell_no_huge_pages(
	const struct fmag_arena_config *config, size_t page_size)
{
	char message[160];

	/* %m: strerror() is not thread-safe, and strerror_r() is one of two
	 * functions, depending on the libc. */
	snprintf(message, sizeof(message),
		"arena: huge pages asked for and not to be had (%m), "
		"using %zu KiB pages",
		page_size >> 10);
	if (config->on_message != NULL)
		config->on_message(config->message_ctx, message);
	else
		fprintf(stderr, "fmag: %s\n", message);
}

bool fmag_arena_pool_map(
	struct fmag_arena_pool *pool, const struct fmag_arena_config *config)
{
	size_t page_size = fmag_system_page_size();

	if (config->flags & FMAG_ARENA_HUGETLB) {
		if (map_with(pool, config, HUGE_PAGE_SIZE))
			return true;
		tell_no_huge_pages(config, page_size);
	}
	return map_with(pool, config, page_size);
}
