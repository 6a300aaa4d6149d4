/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPUs that this process may run on.
 */
#ifndef BENCH_CPUS_H
#define BENCH_CPUS_H

#include <sched.h>
#include <stdbool.h>

unsigned cpus_count(void);

/*
 * The set of one that a thread is bound to: they are counted from 0, round and
 * round. False: more CPUs than a cpu_set_t holds, so leave it unbound.
 */
bool cpus_choose(unsigned number, cpu_set_t *own);

#endif
