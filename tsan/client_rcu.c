/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that retires by liburcu, without a fault: two vCPUs and a table
 * (table.h). No tool may say anything.
 *
 * liburcu 0.13 is not compiled for ThreadSanitizer, which so sees nothing of what
 * it orders. The client says it: a reader's release before it leaves, and the
 * acquire of who waited for all readers, in a flavour that wraps liburcu's.
 */
#include <fmag/rcu.h>
#include <urcu/urcu-memb.h>

#include <urcu/flavor.h>

#include "table.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define IS_WATCHED 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define IS_WATCHED 1
#endif

#ifdef IS_WATCHED
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#else
#define __tsan_acquire(address) ((void)(address))
#define __tsan_release(address) ((void)(address))
#endif

static int edge;

static void enter(int vcpu)
{
	(void)vcpu;
	urcu_memb_read_lock();
}

static void leave(int vcpu)
{
	(void)vcpu;
	__tsan_release(&edge);
	urcu_memb_read_unlock();
}

static void synchronize(void)
{
	urcu_memb_synchronize_rcu();
	__tsan_acquire(&edge);
}

static struct table table = { .enter = enter, .leave = leave };

static void *first_vcpu(void *arg)
{
	urcu_memb_register_thread();
	table_use(&table, 0);
	urcu_memb_unregister_thread();
	return arg;
}

static void *second_vcpu(void *arg)
{
	urcu_memb_register_thread();
	table_use(&table, 1);
	urcu_memb_unregister_thread();
	return arg;
}

int main(void)
{
	struct rcu_flavor_struct flavor = urcu_memb_flavor;
	struct fmag_grace_source source;
	struct fmag_rcu *rcu;

	flavor.update_synchronize_rcu = synchronize;
	require(fmag_rcu_create(&rcu, &flavor, FMAG_RCU_THREAD) == FMAG_OK,
		"grace periods");
	source = fmag_rcu_grace_source(rcu);
	table_run(&table, &source, first_vcpu, second_vcpu);
	fmag_rcu_destroy(rcu);
	return 0;
}
