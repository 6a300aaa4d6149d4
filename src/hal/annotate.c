/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In the twins only (src/CMakeLists.txt); elsewhere an empty file.
 */
#include "hal/annotate.h"

#if FMAG_ANNOTATES

#define STAND_INS_LOG2 14

/* Eight bytes each: what ThreadSanitizer keeps an edge for. */
static uint64_t stand_ins[1u << STAND_INS_LOG2];

/* Fibonacci hashing of the frame's number: neighbours spread. */
static void *stand_in(const struct fmag_host *host, fmag_hpa_t frame)
{
	uint64_t number = frame / host->hal.frame_size;

	return &stand_ins[(number * UINT64_C(0x9e3779b97f4a7c15)) >>
		(64 - STAND_INS_LOG2)];
}

void fmag_annotate_frame(const struct fmag_host *host, fmag_hpa_t frame,
	fmag_annotation annotation)
{
	void *memory;

	if (frame == FMAG_HPA_NONE)
		return;
	memory = host->ops.phys_to_virt(host->hal.ctx, frame);
	if (memory != NULL)
		annotation(memory, host->hal.frame_size);
	else
		annotation(stand_in(host, frame), 0);
}

#endif
