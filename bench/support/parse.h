/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What options of several commands are.
 */
#ifndef BENCH_PARSE_H
#define BENCH_PARSE_H

#include <argp.h>
#include <stdint.h>

/* The whole of `text` as a number of min to max, or an error that ends. */
uint64_t parse_number(struct argp_state *state, const char *what,
	const char *text, uint64_t min, uint64_t max);

/*
 * A list of numbers of 1 to max, "1,2,8", which is changed: how many there are;
 * more than `most` are an error that ends.
 */
size_t parse_numbers(struct argp_state *state, const char *what, char *text,
	unsigned *numbers, size_t most, unsigned max);

#endif
