/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/interrupt.h"

#include <signal.h>
#include <stdatomic.h>

/* Any thread may run the handler: lock-free, so legal in one. */
static atomic_int seen;

static void remember(int number)
{
	(void)number;
	atomic_store_explicit(&seen, 1, memory_order_relaxed);
}

void interrupt_watch(void)
{
	struct sigaction action = { .sa_handler = remember };

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool interrupted(void)
{
	return atomic_load_explicit(&seen, memory_order_relaxed) != 0;
}
