/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag that keeps clean frames. Included once, by the subject's file, which may
 * say before what another CPU does beside faults (serve/faults.h).
 */
#ifndef BENCH_SUBJECTS_FMAG_CLEAN_H
#define BENCH_SUBJECTS_FMAG_CLEAN_H

#include <fmag/clean.h>
#include <fmag/inline.h>

/* Clean frames: guests of two CPUs, and what lies with each of them. */
#define CLEAN_FRAMES    40960
#define CLEAN_MAGAZINES 96

#define RUN_HAS_SCRUB

static inline size_t scrub(void *ctx, size_t count)
{
	return fmag_cache_scrub(ctx, count);
}

static inline size_t ready(void *ctx)
{
	return fmag_cache_clean_frames(ctx);
}

#include "serve/over_fmag.h"

static enum fmag_status open_clean(size_t frames, void **ctx)
{
	const struct fmag_clean_config config = {
		.struct_size = sizeof(config),
		.magazine_count = CLEAN_MAGAZINES,
		.frames_max = CLEAN_FRAMES,
	};
	enum fmag_status status =
		over_fmag_open(FMAG_FRONT_RSEQ, 0, frames, ctx);

	if (status == FMAG_OK)
		status = fmag_clean_create(*ctx, &config);
	return status;
}

#define CLEAN_SUBJECT                             \
	const struct run_subject run_subject = {  \
		.open = open_clean,               \
		.close = over_fmag_close,         \
		.inventory = over_fmag_inventory, \
		.loops = RUN_LOOPS,               \
	}

#endif
