/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * liburcu as a source of tickets. Who runs a period is a runner: the thread, or a
 * caller of fmag_rcu_poll().
 *
 * Invariants:
 *   U1 start() reads begun as b, and its ticket is b + 1: the next period that
 *      begins. Whatever happened before start() happened before the increment to
 *      b + 1, and so before that runner's synchronize_rcu().
 *   U2 A runner that raises begun to n runs a synchronize_rcu() after that; then it
 *      raises completed to n, or finds it higher. All tickets up to n are over
 *      then: their starts came before the increments to their own numbers, and
 *      these before the one to n.
 *   U3 completed <= begun. No ticket is above begun + 1.
 *   U4 A ticket that start() has returned is in wanted before that, and the
 *      semaphore was raised after it was there: no other thread's going on is
 *      needed for the runner to find it.
 *
 * Ordering:
 *   begun add of start    acq_rel   of 0: a read that is part of the word's order.
 *                                   release: what was retired was unlinked before
 *                                   it (U1)
 *   begun add of a runner acq_rel   acquire: partner of each start's that it comes
 *                                   after; release: for the next runner's (U2).
 *                                   A load in start would need a full barrier on
 *                                   both sides instead
 *   begun load of done    relaxed   the ticket came from a start that happened
 *                                   before: no less than what that read
 *   completed CAS         acq_rel   release: synchronize_rcu() before it, and so
 *                                   what readers did; acquire: another runner's
 *   completed load        acquire   partner of that CAS; a runner's look before it
 *                                   begins is a hint
 *   wanted CAS            relaxed   the semaphore orders it for the thread
 *   is_stopped            relaxed   likewise
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <urcu/flavor.h>

#include <fmag/rcu.h>

#include "base/atomic.h"

struct fmag_rcu {
	const struct rcu_flavor_struct *flavor;
	enum fmag_rcu_mode mode;
	uint64_t begun;     /* the last period that a runner began */
	uint64_t completed; /* the last one that is over */
	uint64_t wanted;    /* the highest ticket */
	uint32_t is_stopped;
	sem_t wake; /* the thread's */
	pthread_t thread;
};

/* Raises *word to `value`, unless it is there. */
static void raise_wanted(struct fmag_rcu *rcu, uint64_t ticket)
{
	uint64_t wanted = fmag_load_relaxed(&rcu->wanted);

	while (wanted < ticket &&
		!fmag_cas_relaxed(&rcu->wanted, &wanted, ticket))
		;
}

static void raise_completed(struct fmag_rcu *rcu, uint64_t number)
{
	uint64_t completed = fmag_load_acquire(&rcu->completed);

	while (completed < number &&
		!fmag_cas_acq_rel(&rcu->completed, &completed, number))
		;
}

static void run_one(struct fmag_rcu *rcu)
{
	uint64_t number = fmag_add_acq_rel(&rcu->begun, (uint64_t)1) + 1;

	rcu->flavor->update_synchronize_rcu();
	raise_completed(rcu, number);
}

/* sem_post() is on POSIX's list for handlers; that it may overflow is no harm. */
static uint64_t start(void *ctx)
{
	struct fmag_rcu *rcu = ctx;
	uint64_t ticket = fmag_add_acq_rel(&rcu->begun, (uint64_t)0) + 1;
	int error = errno;

	raise_wanted(rcu, ticket);
	if (rcu->mode == FMAG_RCU_THREAD)
		(void)sem_post(&rcu->wake);
	errno = error;
	return ticket;
}

static enum fmag_grace done(void *ctx, uint64_t ticket)
{
	struct fmag_rcu *rcu = ctx;

	if (fmag_load_acquire(&rcu->completed) >= ticket)
		return FMAG_GRACE_OVER;
	return ticket <= fmag_load_relaxed(&rcu->begun) + 1
		? FMAG_GRACE_PENDING
		: FMAG_GRACE_UNKNOWN;
}

static void wait_until_done(void *ctx, uint64_t ticket)
{
	struct fmag_rcu *rcu = ctx;

	while (fmag_load_acquire(&rcu->completed) < ticket)
		run_one(rcu);
}

struct fmag_grace_source fmag_rcu_grace_source(struct fmag_rcu *rcu)
{
	return (struct fmag_grace_source){
		.struct_size = sizeof(struct fmag_grace_source),
		.start = start,
		.done = done,
		.wait = wait_until_done,
		.ctx = rcu,
	};
}

bool fmag_rcu_poll(struct fmag_rcu *rcu)
{
	if (fmag_load_relaxed(&rcu->wanted) <=
		fmag_load_acquire(&rcu->completed))
		return false;
	run_one(rcu);
	return true;
}

/* Each start raised the semaphore: those that came meanwhile share a period. */
static void *run(void *arg)
{
	struct fmag_rcu *rcu = arg;

	while (fmag_load_relaxed(&rcu->is_stopped) == 0) {
		while (sem_wait(&rcu->wake) != 0)
			;
		while (sem_trywait(&rcu->wake) == 0)
			;
		(void)fmag_rcu_poll(rcu);
	}
	return NULL;
}

/* The thread inherits the mask: no instant at which it takes a signal. */
static int start_thread(struct fmag_rcu *rcu)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&rcu->thread, NULL, run, rcu);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

enum fmag_status fmag_rcu_create(struct fmag_rcu **rcu,
	const struct rcu_flavor_struct *flavor, enum fmag_rcu_mode mode)
{
	struct fmag_rcu *made;

	if (rcu == NULL)
		return FMAG_ERR_INVALID;
	*rcu = NULL;
	if (flavor == NULL)
		return FMAG_ERR_INVALID;
	made = calloc(1, sizeof(*made));
	if (made == NULL)
		return FMAG_ERR_NO_MEMORY;
	made->flavor = flavor;
	made->mode = mode;
	sem_init(&made->wake, 0, 0);
	if (mode == FMAG_RCU_THREAD && start_thread(made) != 0) {
		sem_destroy(&made->wake);
		free(made);
		return FMAG_ERR_NO_MEMORY;
	}
	*rcu = made;
	return FMAG_OK;
}

void fmag_rcu_destroy(struct fmag_rcu *rcu)
{
	if (rcu == NULL)
		return;
	fmag_store_relaxed(&rcu->is_stopped, 1u);
	if (rcu->mode == FMAG_RCU_THREAD) {
		sem_post(&rcu->wake);
		pthread_join(rcu->thread, NULL);
	}
	sem_destroy(&rcu->wake);
	free(rcu);
}
