/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of `fmag-bench populate`.
 */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "support/machine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTIONS_MAX_SECTIONS 8

/* An error made on purpose, so that a test sees it found. */
enum inject {
	INJECT_NOTHING,
	INJECT_DOUBLE_OWN, /* a frame gets a second owner */
	INJECT_LOST_FRAME, /* a frame is allocated, and forgotten */
};

struct options {
	unsigned vcpus[OPTIONS_MAX_SECTIONS]; /* one section each */
	size_t section_count;
	unsigned guests;
	size_t pool_size; /* bytes, for each allocator */
	double seconds;   /* for each allocator and section */
	uint64_t seed;
	const char *json;  /* a file, "-", or NULL */
	const char *chart; /* a file, or NULL */
	bool chart_asked;  /* so that its failure is an error */
	enum inject inject;
};

/* Ends the program where an option is wrong, or asks for help. */
struct options options_parse(
	int argc, char **argv, const struct machine *machine);

/* 4 KiB pages in a guest: all guests together want most of the pool. */
size_t options_pages_per_guest(const struct options *options);

#endif
