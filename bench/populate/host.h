/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host: one allocator, the guests that live on it, and the table of who owns
 * its frames.
 */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include "allocators/allocator.h"
#include "populate/guest.h"
#include "populate/stamp.h"

struct host {
	struct allocator allocator;
	struct stamps stamps;
	struct guest *guests;
	unsigned guest_count;
};

/* False, after a message: it failed. */
bool host_open(struct host *host, const struct allocator_kind *kind,
	size_t pool_size, unsigned guests, size_t pages_per_guest);

/* False, after a message: the allocator lost frames. */
bool host_close(struct host *host);

/* Gives every guest's frames back; no thread runs beside it. */
void host_drain(struct host *host);

/*
 * Checks, while no thread runs, that no owner was ever wrong, and that frames
 * free and frames mapped add up to the pool. False, after a message: not so.
 */
bool host_check(const struct host *host);

#endif
