/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client that retires, without a fault: two vCPUs and a table (table.h), by an
 * epoch (epoch.h). No tool may say anything.
 */
#include "epoch.h"
#include "table.h"

static struct epoch epoch = EPOCH_INIT;

static void enter(int vcpu)
{
	epoch_enter(&epoch, vcpu);
}

static void leave(int vcpu)
{
	epoch_leave(&epoch, vcpu);
}

static struct table table = { .enter = enter, .leave = leave };

static void *first_vcpu(void *arg)
{
	table_use(&table, 0);
	return arg;
}

static void *second_vcpu(void *arg)
{
	table_use(&table, 1);
	return arg;
}

int main(void)
{
	const struct fmag_grace_source source = epoch_source(&epoch);

	table_run(&table, &source, first_vcpu, second_vcpu);
	return 0;
}
