/* SPDX-License-Identifier: BSD-2-Clause */
#include "explore/race.h"

#ifdef EXPLORE_TSAN
static bool reported;

/* The runtime calls these. */
void __tsan_on_report(void *report);
const char *__tsan_default_options(void);

/* No switch from here: the runtime is in the middle of it. */
void __tsan_on_report(void *report)
{
	(void)report;
	reported = true;
}

/* A race is wanted again when its schedule is run again. */
const char *__tsan_default_options(void)
{
	return "suppress_equal_stacks=0:suppress_equal_addresses=0:"
	       "report_thread_leaks=0:history_size=2";
}

bool race_was_reported(void)
{
	bool was = reported;

	reported = false;
	return was;
}

bool race_allows_intermissions(void)
{
	return false;
}

bool race_allows_checkpoints(void)
{
	return false;
}
#else
bool race_was_reported(void)
{
	return false;
}

bool race_allows_intermissions(void)
{
	return true;
}

bool race_allows_checkpoints(void)
{
	return true;
}
#endif
