/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A thread of the library's that does something at intervals: asleep in between,
 * on a condition that stop raises, and with all signals blocked.
 */
#ifndef FMAG_HOSTED_TICKER_H
#define FMAG_HOSTED_TICKER_H

#include <pthread.h>
#include <stdbool.h>

struct fmag_ticker {
	void (*tick)(void *ctx);
	void *ctx;
	unsigned interval_ms; /* from the end of a tick to the next */
	pthread_t thread;
	pthread_cond_t stopped;
	/* Between its own thread and stop: no call of a cache takes it (G3). */
	pthread_mutex_t lock;
	bool is_stopped; /* under the lock */
};

/* False: no thread, and nothing to stop. The first three members are set. */
bool fmag_ticker_start(struct fmag_ticker *ticker);

/* At once, unless it ticks. */
void fmag_ticker_stop(struct fmag_ticker *ticker);

#endif
