/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subject's program. `fmag-bench run` starts it; by itself it runs a workload
 * once, for a debugger or a profiler.
 */
#include "serve/server.h"
#include "support/clock.h"
#include "support/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USAGE                                                            \
	"usage: %s WORKLOAD THREADS ITERATIONS\n"                        \
	"Runs 16 bursts of the workload, so many iterations on each "    \
	"thread, and prints\nnanoseconds an operation. `fmag-bench run " \
	"--help' lists the workloads.\n"

/* Enough for any workload on one thread, and for caches. */
#define FRAMES 65536

static bool parse(const char *text, size_t max, size_t *number)
{
	char *end;
	uintmax_t value = strtoumax(text, &end, 10);

	*number = (size_t)value;
	return *text >= '0' && *text <= '9' && *end == '\0' && value > 0 &&
		value <= max;
}

static int run_once(char **argv)
{
	enum run_workload workload = run_workload_by_name(argv[1]);
	size_t threads, iterations;

	if (workload == RUN_WORKLOADS || !parse(argv[2], 1024, &threads) ||
		!parse(argv[3], INT32_MAX, &iterations)) {
		fprintf(stderr, USAGE, argv[0]);
		return 64;
	}
	return server_run_once(FRAMES, workload, (unsigned)threads, iterations);
}

static int serve(char **argv)
{
	size_t socket, frames, burst;

	if (!parse(argv[2], INT32_MAX, &socket) ||
		!parse(argv[3], SIZE_MAX, &frames) ||
		!parse(argv[4], INT32_MAX, &burst)) {
		fprintf(stderr, USAGE, argv[0]);
		return 64;
	}
	return server_run((int)socket, frames, (double)burst * 1e-6);
}

int main(int argc, char **argv)
{
	clock_calibrate();
	if (argc == 5 && strcmp(argv[1], RUN_SERVE) == 0)
		return serve(argv);
	if (argc == 4)
		return run_once(argv);
	fprintf(stderr, USAGE, argv[0]);
	return 64;
}
