/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is each schedule's history one of a set of frames? alloc takes any member
 * out, or says that there was none; dealloc puts one in.
 *
 * A frame's allocs and frees alternate, each with an instant between its call
 * and its return, if and only if no alloc returns a frame that has an owner,
 * where a frame has one from the return of its alloc to the call of its free:
 * so a table of owners decides it (G2).
 *
 * An alloc that returns NONE needs an instant inside it at which there was
 * nothing to be had. What is to be had is G4's, as docs/design.md says it for
 * what exists: frames in any SHARED magazine, in the HAL, and in the magazines of
 * the caller's CPU, which is any that it has been on. Those in the hands of a call
 * that has not returned are none of them; nor are the two magazines of a CPU
 * whose slot another call holds (claim). Those of a magazine on its way to or
 * from a slot (rseq) are with a call, too, but with one that goes on before the
 * alloc returns: it might be stopped for ever.
 */
#ifndef TESTS_EXPLORE_HISTORY_H
#define TESTS_EXPLORE_HISTORY_H

#include "explore/world.h"

/* Once a step: looks at the instant before it. */
void history_observe(void);

void history_begin_alloc(
	struct actor *actor, const char *name, size_t count, bool may_call_hal);
/* The same call goes by the account: with no credit NONE is right, too. */
void history_charge(struct actor *actor);
void history_end_alloc(struct actor *actor, const fmag_hpa_t *frames,
	size_t taken, size_t count);

void history_begin_free(struct actor *actor, const char *name,
	const fmag_hpa_t *frames, size_t count);
/* Likewise for one frame that is retired; false: the actor has it still. */
void history_begin_retire(struct actor *actor, fmag_hpa_t frame);
void history_end_retire(struct actor *actor, fmag_hpa_t frame, bool is_retired);

void history_end_free(struct actor *actor);

#endif
