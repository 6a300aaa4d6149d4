/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Those who give frames back when an allocation would fail: a table of a few
 * entries, each with a word of its own.
 *
 *	 free ---> reserved ---> registered, 0 callers <---> n callers
 *	   <-----------------------+
 *
 * Invariants:
 *   Q1 An order is given to one registration only. So whoever changed a word
 *      that has it deals with that registration.
 *   Q2 An entry's reclaimer is written while it is reserved, and read by its
 *      callers; it is not unregistered while it has any.
 * A caller that is stopped for ever keeps that one reclaimer from the others,
 * unless it is one for many at once, and registered.
 */
#ifndef FMAG_CACHE_RECLAIMERS_H
#define FMAG_CACHE_RECLAIMERS_H

#include <stdbool.h>

#include <fmag/reclaim.h>

struct fmag_reclaimers {
	struct fmag_reclaimer_entry {
		uint64_t word; /* {order:48, many:1, callers:15}; 0: free */
		const struct fmag_reclaimer *reclaimer;
	} entries[FMAG_MAX_RECLAIMERS];
	uint64_t last; /* the order that was given last, from 1 */
};

/* One allocation's way through them; zero where it begins. */
struct fmag_asking {
	uint64_t order; /* asked up to here */
	uint64_t last;  /* those that were registered when it began */
};

/*
 * Asks the next ones, in the order of their registration, until one says that it
 * gave something. Passes over those that somebody is in. False: there is none
 * left, or the HAL may not be called here.
 */
bool fmag_reclaimers_ask(
	struct fmag_cache *cache, size_t wanted, struct fmag_asking *asking);

#endif
