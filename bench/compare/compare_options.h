/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options of `fmag-bench compare`.
 */
#ifndef BENCH_COMPARE_OPTIONS_H
#define BENCH_COMPARE_OPTIONS_H

#include <stdbool.h>

struct compare_options {
	const char *before, *after; /* files */
	bool fail_slower;
	double percent; /* of --fail-slower */
};

/* Ends the program where an option is wrong, or asks for help. */
struct compare_options compare_options_parse(int argc, char **argv);

#endif
