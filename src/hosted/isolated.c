/* SPDX-License-Identifier: BSD-2-Clause */
#include "hosted/isolated.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

static void add_range(uint64_t *bits, unsigned long first, unsigned long last)
{
	for (unsigned long cpu = first; cpu <= last && cpu < FMAG_MAX_CPUS;
		cpu++)
		bits[cpu / 64] |= (uint64_t)1 << cpu % 64;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Ends at whatever is no part of a list: "(null)" where there are none. */
void fmag_isolated_add_list(uint64_t bits[FMAG_MAX_CPUS / 64], const char *list)
{
	while (is_digit(*list)) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (*end == '-' && is_digit(end[1]))
			last = strtoul(end + 1, &end, 10);
		add_range(bits, first, last);
		list = *end == ',' ? end + 1 : end;
	}
}

/* Nothing, where it cannot be read. */
static void add_file(uint64_t *bits, const char *path)
{
	char list[4096];
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = file < 0 ? 0 : read(file, list, sizeof(list) - 1);

	list[size > 0 ? size : 0] = '\0';
	fmag_isolated_add_list(bits, list);
	if (file >= 0)
		close(file);
}

void fmag_isolated_cpus(uint64_t bits[FMAG_MAX_CPUS / 64])
{
	add_file(bits, "/sys/devices/system/cpu/isolated");
	add_file(bits, "/sys/devices/system/cpu/nohz_full");
}
