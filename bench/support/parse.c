/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/parse.h"

#include <errno.h>
#include <stdlib.h>

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
