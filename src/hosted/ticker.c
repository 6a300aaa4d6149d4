/* SPDX-License-Identifier: BSD-2-Clause */
#include "hosted/ticker.h"

#include <signal.h>
#include <time.h>

/* On the clock that the condition goes by, which nobody sets. */
static struct timespec after(unsigned ms)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_sec += (time_t)(ms / 1000);
	time.tv_nsec += (long)(ms % 1000) * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_nsec -= 1000000000;
		time.tv_sec++;
	}
	return time;
}

/* False: it is to end. */
static bool sleep_for(struct fmag_ticker *ticker, unsigned ms)
{
	const struct timespec until = after(ms);
	bool is_stopped;
	int error = 0;

	pthread_mutex_lock(&ticker->lock);
	while (!ticker->is_stopped && error == 0)
		error = pthread_cond_timedwait(
			&ticker->stopped, &ticker->lock, &until);
	is_stopped = ticker->is_stopped;
	pthread_mutex_unlock(&ticker->lock);
	return !is_stopped;
}

static void *run(void *arg)
{
	struct fmag_ticker *ticker = arg;

	while (sleep_for(ticker, ticker->interval_ms))
		ticker->tick(ticker->ctx);
	return NULL;
}

static void init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void destroy(struct fmag_ticker *ticker)
{
	pthread_cond_destroy(&ticker->stopped);
	pthread_mutex_destroy(&ticker->lock);
}

/* The thread inherits the mask: no instant at which it takes a signal. */
bool fmag_ticker_start(struct fmag_ticker *ticker)
{
	sigset_t all, before;
	int error;

	ticker->is_stopped = false;
	pthread_mutex_init(&ticker->lock, NULL);
	init_condition(&ticker->stopped);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&ticker->thread, NULL, run, ticker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0)
		destroy(ticker);
	return error == 0;
}

void fmag_ticker_stop(struct fmag_ticker *ticker)
{
	pthread_mutex_lock(&ticker->lock);
	ticker->is_stopped = true;
	pthread_cond_signal(&ticker->stopped);
	pthread_mutex_unlock(&ticker->lock);
	pthread_join(ticker->thread, NULL);
	destroy(ticker);
}
