/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program says on standard error, under its own name.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#define BENCH_PROGRAM "fmag-bench"

/* On a terminal: back to the start of the line, and nothing in it. */
#define MESSAGE_CLEAR_LINE "\r\033[K"

__attribute__((format(printf, 1, 2))) void message(const char *format, ...);

/* The end of a noun that `count` stands before. */
static inline const char *plural(unsigned count)
{
	return count == 1 ? "" : "s";
}

#endif
