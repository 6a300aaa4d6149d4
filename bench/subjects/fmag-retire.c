/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fmag that retires frames, with liburcu's grace periods (memb), which are run
 * now and then between the batches.
 */
#include <fmag/inline.h>
#include <fmag/rcu.h>
#include <fmag/retire.h>

#include "serve/workload.h"
#include "subjects/rcu-readers.h"

/* Room for what waits, of two CPUs, and what they gather. */
#define RETIRE_MAGAZINES 32

/* Frames of a thread between its polls. */
#define MOST_WAITING 4096

static __thread size_t waiting;
static struct fmag_rcu *rcu;
static struct fmag_retirer *retirer;

#define RUN_HAS_RETIRE

static inline bool retire_one(void *ctx, fmag_hpa_t frame)
{
	return fmag_retire_frame(ctx, frame) == FMAG_OK;
}

/* At intervals, as a timer would. */
static inline void settle(void *ctx)
{
	if ((waiting += RUN_BATCH) < MOST_WAITING)
		return;
	waiting = 0;
	fmag_rcu_poll(rcu);
	fmag_retire_poll(ctx, SIZE_MAX);
}

#include "serve/over_fmag.h"

static enum fmag_status open_retirer(size_t frames, void **ctx)
{
	const struct fmag_retirer_config config = {
		.struct_size = sizeof(config),
		.magazine_count = RETIRE_MAGAZINES,
	};
	struct fmag_grace_source source;
	enum fmag_status status =
		over_fmag_open(FMAG_FRONT_RSEQ, 0, frames, ctx);

	if (status == FMAG_OK)
		status = fmag_rcu_create(
			&rcu, &urcu_memb_flavor, FMAG_RCU_POLLED);
	if (status != FMAG_OK)
		return status;
	source = fmag_rcu_grace_source(rcu);
	return fmag_retirer_create(&retirer, *ctx, &source, &config);
}

static bool close_retirer(void *ctx)
{
	size_t out = fmag_retirer_destroy(retirer);
	bool well = over_fmag_close(ctx);

	fmag_rcu_destroy(rcu);
	return well && out == 0;
}

const struct run_subject run_subject = {
	.version = rcu_version,
	.open = open_retirer,
	.close = close_retirer,
	.inventory = over_fmag_inventory,
	.enter = rcu_enter,
	.leave = rcu_leave,
	.loops = RUN_LOOPS,
};
