/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/crash.h"

#include <signal.h>
#include <string.h>

#include "explore/explore.h"

/* Synchronous: the fiber's own stack is left for good. */
static void on_crash(int signal, siginfo_t *info, void *context)
{
	(void)context;
	explore_fail("signal %d at address %p", signal, info->si_addr);
}

void crash_catch(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_crash;
	/* It is never returned from, and more may come. */
	action.sa_flags = SA_SIGINFO | SA_NODEFER;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}
