/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/barriers.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#define ARGUMENTS 6

static atomic_uint_fast64_t barriers;

uint64_t barriers_count(void)
{
	return atomic_load_explicit(&barriers, memory_order_relaxed);
}

/* The linker's names. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);

/* Those that a call does not have are in no register that it looks at. */
long __wrap_syscall(long number, ...)
{
	long given[ARGUMENTS];
	va_list list;

	if (number == SYS_membarrier)
		atomic_fetch_add_explicit(&barriers, 1, memory_order_relaxed);
	va_start(list, number);
	for (int i = 0; i < ARGUMENTS; i++)
		given[i] = va_arg(list, long);
	va_end(list);
	return __real_syscall(number, given[0], given[1], given[2], given[3],
		given[4], given[5]);
}
