/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag as a hypervisor has it, with a hook that tells the CPU's number.
 */
#include "serve/over_core.h"

static unsigned current_cpu(void *ctx)
{
	(void)ctx;
	return played_cpu;
}

static enum fmag_status open_core(size_t frames, void **ctx)
{
	return over_core_open(current_cpu, frames, ctx);
}

OVER_CORE_SUBJECT(open_core);
