/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/counted/lines.h"

#include <stdlib.h>
#include <string.h>

#define BITS 64

bool lines_init(struct lines *lines, size_t count, unsigned cpus)
{
	*lines = (struct lines){
		.count = count,
		.words = (cpus + BITS - 1) / BITS,
	};
	lines->owner = malloc(count * sizeof(*lines->owner));
	lines->readers = calloc(count * lines->words, sizeof(*lines->readers));
	lines->transfers = calloc(count, sizeof(*lines->transfers));
	if (lines->owner == NULL || lines->readers == NULL ||
		lines->transfers == NULL)
		return false;
	memset(lines->owner, 0xff, count * sizeof(*lines->owner));
	return true;
}

void lines_free(struct lines *lines)
{
	free(lines->owner);
	free(lines->readers);
	free(lines->transfers);
}

static uint64_t *readers(const struct lines *lines, size_t line)
{
	return &lines->readers[line * lines->words];
}

static bool reads(const struct lines *lines, size_t line, unsigned cpu)
{
	return readers(lines, line)[cpu / BITS] >> cpu % BITS & 1;
}

static void add_reader(const struct lines *lines, size_t line, unsigned cpu)
{
	readers(lines, line)[cpu / BITS] |= UINT64_C(1) << cpu % BITS;
}

/* The one that has it keeps it, to read. */
static void share(struct lines *lines, size_t line)
{
	unsigned owner = lines->owner[line];

	memset(readers(lines, line), 0, lines->words * sizeof(uint64_t));
	add_reader(lines, line, owner);
	lines->owner[line] = LINES_SEVERAL;
}

static enum lines_result transferred(
	struct lines *lines, size_t line, enum lines_result how)
{
	lines->transfers[line]++;
	return how;
}

enum lines_result lines_read(struct lines *lines, size_t line, unsigned cpu)
{
	if (lines->owner[line] == cpu)
		return LINES_HIT;
	if (lines->owner[line] == LINES_NOBODY) {
		lines->owner[line] = (uint16_t)cpu;
		return LINES_COLD;
	}
	if (lines->owner[line] != LINES_SEVERAL)
		share(lines, line);
	else if (reads(lines, line, cpu))
		return LINES_HIT;
	add_reader(lines, line, cpu);
	return transferred(lines, line, LINES_FETCH);
}

enum lines_result lines_write(struct lines *lines, size_t line, unsigned cpu)
{
	unsigned owner = lines->owner[line];

	if (owner == cpu)
		return LINES_HIT;
	lines->owner[line] = (uint16_t)cpu;
	if (owner == LINES_NOBODY)
		return LINES_COLD;
	return transferred(lines, line,
		owner == LINES_SEVERAL && reads(lines, line, cpu)
			? LINES_UPGRADE
			: LINES_FETCH);
}
