/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/played_grace.h"

/* Once: what it does may ask for tickets itself. */
static void call_hook(struct played_grace *grace, void (**hook)(void *ctx))
{
	void (*called)(void *ctx) = *hook;

	*hook = NULL;
	if (called != NULL)
		called(grace->hook_ctx);
}

static uint64_t start(void *ctx)
{
	struct played_grace *grace = ctx;
	uint64_t ticket;

	call_hook(grace, &grace->before_ticket);
	ticket = ++grace->started + grace->lie;
	grace->lie = 0;
	call_hook(grace, &grace->after_ticket);
	return ticket;
}

static enum fmag_grace done(void *ctx, uint64_t ticket)
{
	const struct played_grace *grace = ctx;

	if (ticket > grace->started)
		return FMAG_GRACE_UNKNOWN;
	return ticket <= grace->completed ? FMAG_GRACE_OVER
					  : FMAG_GRACE_PENDING;
}

void played_grace_wait(void *ctx, uint64_t ticket)
{
	struct played_grace *grace = ctx;

	grace->waits++;
	if (grace->completed < ticket)
		grace->completed = ticket;
}

void played_grace_complete(struct played_grace *grace)
{
	grace->completed = grace->started;
}

struct fmag_grace_source played_grace_source(struct played_grace *grace)
{
	return (struct fmag_grace_source){
		.struct_size = sizeof(struct fmag_grace_source),
		.start = start,
		.done = done,
		.ctx = grace,
	};
}
