/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grace periods of liburcu's for retired frames (retire.h), by any of its
 * flavours: memb and bp, whose readers are in rcu_read_lock(), or qsbr, for vCPU
 * threads that report at each exit. In a library of its own, fmag_rcu (CMake's
 * fmag::rcu, pkg-config's fmag_rcu; either beside fmag's own), which does not link
 * liburcu: the flavour comes as liburcu's struct (urcu/flavor.h).
 *
 *	fmag_rcu_create(&rcu, &urcu_memb_flavor, FMAG_RCU_THREAD);
 *	struct fmag_grace_source source = fmag_rcu_grace_source(rcu);
 *	fmag_retirer_create(&retirer, cache, &source, NULL);
 *
 * Retiring calls nothing of liburcu's: no thread need be registered to retire, and
 * a signal handler may. One synchronize_rcu() serves all that was sealed before
 * it. Hosted only.
 */
#ifndef FMAG_RCU_H
#define FMAG_RCU_H

#include <fmag/retire.h>
#include <fmag/types.h>

struct rcu_flavor_struct;
struct fmag_rcu;

/* Who runs synchronize_rcu(). */
enum fmag_rcu_mode {
	FMAG_RCU_THREAD, /* a thread of this library's, asleep while none waits */
	FMAG_RCU_POLLED, /* the host, by fmag_rcu_poll() */
};

FMAG_BEGIN_DECLS

/*
 * Makes a source over `flavor`, which must outlive it. The thread has all signals
 * blocked and is not registered with liburcu, which synchronize_rcu() does not
 * ask for. A child made by fork has no such thread: there no grace period ends.
 *
 * Context:  thread; calls malloc and pthread_create.
 * Progress: blocking (exempt from G3).
 * Returns:  FMAG_OK; FMAG_ERR_INVALID: `flavor` is NULL; FMAG_ERR_NO_MEMORY: no
 *           memory or no thread. `*rcu` is NULL unless FMAG_OK.
 */
FMAG_API enum fmag_status fmag_rcu_create(struct fmag_rcu **rcu,
	const struct rcu_flavor_struct *flavor, enum fmag_rcu_mode mode);

/*
 * The source, for fmag_retirer_create(); valid as long as `rcu`. Its start and
 * done are legal in a signal handler; its wait runs synchronize_rcu(), so a
 * retirer must not be ended by a reader.
 *
 * Context:  any.
 * Progress: wait-free; of what the source does: lock-free, but for its wait.
 * Returns:  the source.
 */
FMAG_API struct fmag_grace_source fmag_rcu_grace_source(struct fmag_rcu *rcu);

/*
 * Runs one synchronize_rcu() if a grace period was asked for that is not over.
 * Not by a reader; by several threads at once if they like, in either mode.
 *
 * Context:  thread, outside of rcu_read_lock().
 * Progress: blocking: waits for readers.
 * Returns:  true if it ran one.
 */
FMAG_API bool fmag_rcu_poll(struct fmag_rcu *rcu);

/*
 * Ends the thread, if there is one, and frees it. Comes after the end of all
 * retirers that have its source. NULL does nothing. Not for a forked child.
 *
 * Context:  thread, outside of rcu_read_lock().
 * Progress: blocking: waits for readers.
 */
FMAG_API void fmag_rcu_destroy(struct fmag_rcu *rcu);

FMAG_END_DECLS

#endif
