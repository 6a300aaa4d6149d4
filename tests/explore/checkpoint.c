/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/checkpoint.h"

#include <string.h>

/* The longest schedules' take some MiB. */
#define ROOM ((size_t)64 << 20)

#define MAX_CHECKPOINTS 20000
#define MAX_EXTENTS     8

struct checkpoint {
	size_t choice;
	size_t begin; /* in `room`: its extents' bytes, one after the other */
	unsigned count;
	struct extent extents[MAX_EXTENTS];
};

static struct checkpoint checkpoints[MAX_CHECKPOINTS];
static size_t kept;

static char room[ROOM];
static size_t used;

static size_t size_of_all(const struct extent *extents, unsigned count)
{
	size_t size = 0;

	for (unsigned i = 0; i < count; i++)
		size += extents[i].size;
	return size;
}

void checkpoint_keep(
	size_t choice, const struct extent *extents, unsigned count)
{
	struct checkpoint *checkpoint = &checkpoints[kept];

	if (kept == MAX_CHECKPOINTS || count > MAX_EXTENTS ||
		size_of_all(extents, count) > ROOM - used)
		return;
	checkpoint->choice = choice;
	checkpoint->begin = used;
	checkpoint->count = count;
	for (unsigned i = 0; i < count; i++) {
		checkpoint->extents[i] = extents[i];
		memcpy(room + used, extents[i].start, extents[i].size);
		used += extents[i].size;
	}
	kept++;
}

/* All after `most` choices are. */
static void forget_after(size_t most)
{
	while (kept > 0 && checkpoints[kept - 1].choice > most)
		used = checkpoints[--kept].begin;
}

void checkpoint_forget(void)
{
	kept = 0;
	used = 0;
}

bool checkpoint_return(size_t most, size_t *choice)
{
	const struct checkpoint *checkpoint;
	const char *from;

	forget_after(most);
	if (kept == 0)
		return false;
	checkpoint = &checkpoints[kept - 1];
	from = room + checkpoint->begin;
	for (unsigned i = 0; i < checkpoint->count; i++) {
		const struct extent *extent = &checkpoint->extents[i];

		memcpy(extent->start, from, extent->size);
		from += extent->size;
	}
	*choice = checkpoint->choice;
	return true;
}
