/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/clock.h"

#include <stdbool.h>
#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#define CALIBRATION_SECONDS 0.05
#define CALIBRATION_PAIRS   100000

static bool use_counter;
static double ns_per_tick = 1.0;
static uint64_t overhead;

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#if defined(__x86_64__)
static bool counter_is_invariant(void)
{
	unsigned eax, ebx, ecx, edx;

	return __get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) &&
		(edx & 1u << 8) != 0;
}

static uint64_t counter_start(void)
{
	uint64_t ticks;

	_mm_mfence();
	_mm_lfence();
	ticks = __rdtsc();
	_mm_lfence();
	return ticks;
}

static uint64_t counter_stop(void)
{
	unsigned cpu;
	uint64_t ticks = __rdtscp(&cpu);

	_mm_lfence();
	return ticks;
}
#else
static bool counter_is_invariant(void)
{
	return false;
}

static uint64_t counter_start(void)
{
	return 0;
}

static uint64_t counter_stop(void)
{
	return 0;
}
#endif

uint64_t clock_start(void)
{
	return use_counter ? counter_start() : monotonic_ns();
}

uint64_t clock_stop(void)
{
	return use_counter ? counter_stop() : monotonic_ns();
}

double clock_seconds(void)
{
	return (double)monotonic_ns() / 1e9;
}

static void calibrate_speed(void)
{
	uint64_t ns = monotonic_ns();
	uint64_t ticks = counter_start();
	uint64_t passed;

	do
		passed = monotonic_ns() - ns;
	while ((double)passed < CALIBRATION_SECONDS * 1e9);
	ns_per_tick = (double)passed / (double)(counter_stop() - ticks);
}

/*
 * The mean of pairs shorter than twice the mean of all: an interrupt in a few
 * of them would spoil a plain mean, and the counter's grain a minimum.
 */
static void calibrate_overhead(void)
{
	uint64_t sum = 0, kept = 0, limit = UINT64_MAX;

	for (int pass = 0; pass < 2; pass++) {
		sum = kept = 0;
		for (int i = 0; i < CALIBRATION_PAIRS; i++) {
			uint64_t start = clock_start();
			uint64_t ticks = clock_stop() - start;

			sum += ticks < limit ? ticks : 0;
			kept += ticks < limit;
		}
		limit = 2 * sum / kept + 1;
	}
	overhead = sum / kept;
}

void clock_calibrate(void)
{
	use_counter = counter_is_invariant();
	if (use_counter)
		calibrate_speed();
	calibrate_overhead();
}

uint64_t clock_overhead(void)
{
	return overhead;
}

double clock_ns(uint64_t ticks)
{
	return (double)ticks * ns_per_tick;
}

uint64_t clock_ticks(double ns)
{
	return (uint64_t)(ns / ns_per_tick);
}
