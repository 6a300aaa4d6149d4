/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the scrubber decides at each look, apart from its thread.
 */
#ifndef FMAG_HOSTED_SCRUBBER_H
#define FMAG_HOSTED_SCRUBBER_H

#include <stdbool.h>

#include <fmag/scrubber.h>

struct fmag_scrubbing {
	struct fmag_scrubber_config config;
	bool is_filling; /* from below low until at high */
	uint64_t owed;   /* of a frame, in thousandths: what was rounded off */
};

/* Frames to scrub now, where so many are clean. */
size_t fmag_scrubbing_budget(struct fmag_scrubbing *scrubbing, size_t clean);

#endif
