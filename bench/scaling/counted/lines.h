/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has each cache line, if caches never evict: one CPU alone, or several to
 * read. The states of MESI but that M and E are one.
 *
 *	                read by another
 *	  one CPU's  -------------------->  several CPUs'
 *	             <--------------------
 *	                written by anyone
 *
 * An access that finds the line as it needs it is a hit. Otherwise the line is
 * transferred: fetched from where it is, or, where the CPU has it to read and
 * writes it, upgraded, which takes it away from the others.
 */
#ifndef BENCH_SCALING_LINES_H
#define BENCH_SCALING_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINES_BYTES 64

enum lines_result {
	LINES_HIT,
	LINES_COLD, /* nobody's so far: from memory */
	LINES_FETCH,
	LINES_UPGRADE,
};

struct lines {
	size_t count;
	size_t words;        /* of a line's set of readers */
	uint16_t *owner;     /* by line: a CPU, or one of the two below */
	uint64_t *readers;   /* by line, a set each: of LINES_SEVERAL */
	uint32_t *transfers; /* by line */
};

#define LINES_NOBODY  UINT16_MAX
#define LINES_SEVERAL (UINT16_MAX - 1)

/* False: no memory. lines_free() in any case. */
bool lines_init(struct lines *lines, size_t count, unsigned cpus);
void lines_free(struct lines *lines);

enum lines_result lines_read(struct lines *lines, size_t line, unsigned cpu);
enum lines_result lines_write(struct lines *lines, size_t line, unsigned cpu);

#endif
