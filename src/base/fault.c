/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/fault.h"

#include "base/atomic.h"
#include "base/compiler.h"

static const char *const messages[] = {
	[FMAG_FAULT_DOUBLE_FREE] = "double free of a frame",
	[FMAG_FAULT_NOT_A_FRAME] = "free of an address that is no frame's",
	[FMAG_FAULT_INVALID_REQUEST] =
		"a count of 0, an alignment that is no power of two, or "
		"a run where there are none",
	[FMAG_FAULT_UNMAPPED] =
		"the frame is not mapped, and there is no fill_frame to call",
	[FMAG_FAULT_HAL_BAD_FRAME] =
		"the HAL gave no frame, or a misaligned one",
	[FMAG_FAULT_HAL_REPEAT] = "the HAL gave one frame twice",
	[FMAG_FAULT_HAL_OVERCOUNT] =
		"the HAL says it gave more frames than were asked for",
	[FMAG_FAULT_NO_ROOM] = "no room for what a handler gave back during a "
			       "HAL call; it is quarantined",
	[FMAG_FAULT_USED_AFTER_FORK] = "cache used after fork",
	[FMAG_FAULT_BAD_CPU] = "current_cpu returned a CPU out of range",
	[FMAG_FAULT_BAD_TICKET] =
		"a ticket that its source of grace periods does not know",
	[FMAG_FAULT_RESERVE_EMPTY] =
		"more frames were taken from a reserve than it held",
	[FMAG_FAULT_RESERVE_PARKED] =
		"a frame was taken from a reserve that is parked",
	[FMAG_FAULT_NOT_CHARGED] =
		"more frames were given back to an account than it was "
		"charged with",
};

static const char *message_of(enum fmag_fault_kind kind)
{
	return messages[kind];
}

FMAG_COLD void fmag_fault_raise(const struct fmag_fault_sink *sink,
	enum fmag_fault_kind kind, fmag_hpa_t paddr)
{
	const struct fmag_fault fault = {
		.kind = kind,
		.cache = sink->cache,
		.paddr = paddr,
		.message = message_of(kind),
	};

	fmag_add_relaxed(sink->count, 1);
	sink->on_fault(sink->hook_ctx, &fault);
}

void fmag_fault_panics(void *hook_ctx, const struct fmag_fault *fault)
{
	(void)hook_ctx;
	fmag_panic(fault->message);
}
