/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time spent in an allocator, lap by lap, on one thread.
 *
 * Where threads share CPUs, a lap during which the kernel gave the CPU to
 * another thread is left out, frames and time: it would measure the scheduler.
 * A lap that slept of its own accord, on a mutex, is waiting for the allocator
 * and counts. Where each thread has a CPU, every lap counts: one that spun
 * until the kernel had enough of it waited for the allocator, too.
 */
#ifndef BENCH_STOPWATCH_H
#define BENCH_STOPWATCH_H

#include <stdbool.h>
#include <stdint.h>

struct lap_sum {
	uint64_t ticks;
	uint64_t frames;
	uint64_t left_out; /* frames in laps left out */
};

struct stopwatch {
	bool shares_cpu;
	uint64_t start, stop; /* of the last lap */
	long preemptions;     /* of this thread, when last looked at */
};

/* At the start of a slice, on the thread that will be timed. */
void stopwatch_reset(struct stopwatch *watch, bool shares_cpu);

void stopwatch_start(struct stopwatch *watch);
void stopwatch_stop(
	struct stopwatch *watch, struct lap_sum *sum, uint64_t frames);

#endif
