/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source of grace periods that a test plays: each ticket is one more than the
 * last, and is over when the test says so.
 */
#ifndef TESTS_SUPPORT_PLAYED_GRACE_H
#define TESTS_SUPPORT_PLAYED_GRACE_H

#include <fmag/retire.h>

struct played_grace {
	uint64_t started;   /* the last ticket */
	uint64_t completed; /* all up to this one are over */
	uint64_t lie;       /* added to the next ticket, once */
	unsigned waits;
	/* Called inside start, before the ticket is taken and after; may be NULL. */
	void (*before_ticket)(void *ctx);
	void (*after_ticket)(void *ctx);
	void *hook_ctx;
};

/* Without a wait. */
struct fmag_grace_source played_grace_source(struct played_grace *grace);

/* A wait that ends at once, with the grace period. */
void played_grace_wait(void *ctx, uint64_t ticket);

/* All that were asked for are over. */
void played_grace_complete(struct played_grace *grace);

#endif
