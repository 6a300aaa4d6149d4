/* SPDX-License-Identifier: BSD-2-Clause */
#include "hosted/storage.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t size)
{
	size_t page = page_size();

	return (size + page - 1) / page * page;
}

void *fmag_map_storage(size_t size, size_t kept)
{
	size_t head = round_up(kept), wiped = round_up(size - kept);
	char *map = mmap(NULL, head + wiped, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	/* Refused by kernels before 4.14 only: then fork is the host's care. */
	(void)madvise(map + head, wiped, MADV_WIPEONFORK);
	return map + head - kept;
}

void fmag_unmap_storage(void *storage, size_t size, size_t kept)
{
	size_t head = round_up(kept);

	munmap((char *)storage + kept - head, head + round_up(size - kept));
}
