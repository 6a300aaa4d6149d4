/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods as a hypervisor without liburcu may have them: an epoch. A vCPU
 * notes the epoch before it walks, and strikes the note out when it has let go. A
 * ticket is the next epoch; it is over once no vCPU has a note from before it.
 *
 * What a reader's note, its first look, an unlink and a look at the notes are to
 * each other needs one order of all four: seq_cst, as operations, since
 * ThreadSanitizer does not know fences.
 */
#ifndef TSAN_EPOCH_H
#define TSAN_EPOCH_H

#include "client.h"

#define EPOCH_VCPUS 2

struct epoch {
	uint64_t now;                      /* the last ticket; never 0 */
	uint64_t over;                     /* all up to this one are */
	uint64_t walks_since[EPOCH_VCPUS]; /* 0: it does not */
};

#define EPOCH_INIT       \
	{                \
		.now = 1 \
	}

static inline void epoch_enter(struct epoch *epoch, int vcpu)
{
	/* An old one holds tickets back for longer. */
	uint64_t now = __atomic_load_n(&epoch->now, __ATOMIC_RELAXED);

	__atomic_store_n(&epoch->walks_since[vcpu], now, __ATOMIC_SEQ_CST);
}

static inline void epoch_leave(struct epoch *epoch, int vcpu)
{
	__atomic_store_n(
		&epoch->walks_since[vcpu], (uint64_t)0, __ATOMIC_RELEASE);
}

static uint64_t epoch_start(void *ctx)
{
	struct epoch *epoch = ctx;

	return __atomic_add_fetch(&epoch->now, (uint64_t)1, __ATOMIC_SEQ_CST);
}

static inline int epoch_has_readers_of(struct epoch *epoch, uint64_t ticket)
{
	for (int vcpu = 0; vcpu < EPOCH_VCPUS; vcpu++) {
		uint64_t since = __atomic_load_n(
			&epoch->walks_since[vcpu], __ATOMIC_SEQ_CST);

		if (since != 0 && since < ticket)
			return 1;
	}
	return 0;
}

/* Kept in `over`: a reader may make an old note when it is too late to matter. */
static enum fmag_grace epoch_done(void *ctx, uint64_t ticket)
{
	struct epoch *epoch = ctx;
	uint64_t over = __atomic_load_n(&epoch->over, __ATOMIC_ACQUIRE);

	if (over >= ticket)
		return FMAG_GRACE_OVER;
	if (ticket > __atomic_load_n(&epoch->now, __ATOMIC_RELAXED))
		return FMAG_GRACE_UNKNOWN;
	if (epoch_has_readers_of(epoch, ticket))
		return FMAG_GRACE_PENDING;
	while (over < ticket &&
		!__atomic_compare_exchange_n(&epoch->over, &over, ticket, 0,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
	return FMAG_GRACE_OVER;
}

static void epoch_wait(void *ctx, uint64_t ticket)
{
	while (epoch_done(ctx, ticket) != FMAG_GRACE_OVER)
		sched_yield();
}

static inline struct fmag_grace_source epoch_source(struct epoch *epoch)
{
	return (struct fmag_grace_source){
		.struct_size = sizeof(struct fmag_grace_source),
		.start = epoch_start,
		.done = epoch_done,
		.wait = epoch_wait,
		.ctx = epoch,
	};
}

#endif
