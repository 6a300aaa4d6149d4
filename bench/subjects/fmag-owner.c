/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag as a hypervisor has it, with the CPU's number compiled in.
 */
#include "serve/over_core.h"

static enum fmag_status open_core(size_t frames, void **ctx)
{
	return over_core_open(NULL, frames, ctx);
}

OVER_CORE_SUBJECT(open_core);
