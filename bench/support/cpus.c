/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/cpus.h"

#include <stddef.h>
#include <unistd.h>

unsigned cpus_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
	/* More CPUs than a cpu_set_t holds. */
	return (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
}

bool cpus_choose(unsigned number, cpu_set_t *own)
{
	cpu_set_t allowed;
	unsigned seen = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return false;
	number %= (unsigned)CPU_COUNT(&allowed);
	CPU_ZERO(own);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &allowed) && seen++ == number)
			CPU_SET(cpu, own);
	}
	return true;
}
