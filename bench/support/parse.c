/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t parse_number(struct argp_state *state, const char *what,
	const char *text, uint64_t min, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' ||
		value < min || value > max)
		argp_error(state,
			"%s: \"%s\" is not a number from %llu to %llu", what,
			text, (unsigned long long)min, (unsigned long long)max);
	return value;
}

size_t parse_numbers(struct argp_state *state, const char *what, char *text,
	unsigned *numbers, size_t most, unsigned max)
{
	char *rest = text;
	size_t count = 0;

	for (char *item; (item = strsep(&rest, ",")) != NULL;) {
		if (count == most)
			argp_error(
				state, "%s: more than %zu numbers", what, most);
		numbers[count++] =
			(unsigned)parse_number(state, what, item, 1, max);
	}
	return count;
}
