/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mempool of DPDK over its lock-free stack.
 */
#include "serve/over_mempool.h"

static enum fmag_status open_mempool(size_t frames, void **ctx)
{
	return over_mempool_open("lf_stack", 512, frames, ctx);
}

const struct run_subject run_subject = {
	.version = over_mempool_version,
	.open = open_mempool,
	.close = over_mempool_close,
	.inventory = over_mempool_inventory,
	.enter = over_mempool_enter,
	.leave = over_mempool_leave,
	.loops = RUN_LOOPS,
};
