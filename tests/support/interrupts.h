/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A timer that plays a CPU's interrupts: SIGUSR1 to one thread, again and again.
 */
#ifndef FMAG_TESTS_SUPPORT_INTERRUPTS_H
#define FMAG_TESTS_SUPPORT_INTERRUPTS_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* To the calling thread, every `period` nanoseconds, until timer_delete(). */
static inline timer_t interrupts_start(long period)
{
	struct itimerspec every;
	struct sigevent event;
	timer_t timer;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_THREAD_ID;
	event.sigev_signo = SIGUSR1;
	event._sigev_un._tid = gettid();
	memset(&every, 0, sizeof(every));
	every.it_value.tv_nsec = every.it_interval.tv_nsec = period;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
		timer_settime(timer, 0, &every, NULL) != 0)
		abort();
	return timer;
}

#endif
