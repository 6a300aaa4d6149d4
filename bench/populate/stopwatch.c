/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/stopwatch.h"

#include "support/clock.h"

#include <sys/resource.h>

/*
 * Looking at the count of preemptions is a system call, so only after a gap in
 * which one can have been: another thread runs for longer than this.
 */
#define SUSPICIOUS_NS 20e3

static bool is_suspicious(const struct stopwatch *watch, uint64_t ticks)
{
	return watch->shares_cpu && clock_ns(ticks) > SUSPICIOUS_NS;
}

/* True: the kernel took the CPU away since the last look. */
static bool was_preempted(struct stopwatch *watch)
{
	struct rusage usage;
	long before = watch->preemptions;

	getrusage(RUSAGE_THREAD, &usage);
	watch->preemptions = usage.ru_nivcsw;
	return watch->preemptions != before;
}

void stopwatch_reset(struct stopwatch *watch, bool shares_cpu)
{
	watch->shares_cpu = shares_cpu;
	was_preempted(watch);
	watch->stop = clock_stop();
}

void stopwatch_start(struct stopwatch *watch)
{
	/* So that a preemption between two laps is not taken for the lap's. */
	if (is_suspicious(watch, clock_stop() - watch->stop))
		was_preempted(watch);
	watch->start = clock_start();
}

void stopwatch_stop(
	struct stopwatch *watch, struct lap_sum *sum, uint64_t frames)
{
	uint64_t ticks;

	watch->stop = clock_stop();
	ticks = watch->stop - watch->start;
	if (is_suspicious(watch, ticks) && was_preempted(watch)) {
		sum->left_out += frames;
		return;
	}
	sum->frames += frames;
	if (ticks > clock_overhead())
		sum->ticks += ticks - clock_overhead();
}
