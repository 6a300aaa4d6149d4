/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that liburcu knows as readers, as a hypervisor's vCPUs are: what waits for
 * readers looks at them. Included once, by the subject's file.
 */
#ifndef BENCH_SUBJECTS_RCU_READERS_H
#define BENCH_SUBJECTS_RCU_READERS_H

#include <stdbool.h>
#include <urcu/urcu-memb.h>

/* Its headers do not say, its package does. */
static const char *rcu_version(void)
{
	return "liburcu " BENCH_VERSION;
}

static bool rcu_enter(void *ctx, unsigned thread)
{
	(void)ctx;
	(void)thread;
	urcu_memb_register_thread();
	return true;
}

static void rcu_leave(void *ctx)
{
	(void)ctx;
	urcu_memb_unregister_thread();
}

#endif
