/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/times.h"

#include "run/pingpong.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS       3
#define OPERATIONS 2000000

static bool command_for(
	const char *subject, const char *arguments, char *command, size_t size)
{
	char path[PATH_MAX], *end;
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length < 0)
		return false;
	path[length] = '\0';
	end = strrchr(path, '/');
	*end = '\0';
	return snprintf(command, size, "'%s/subjects/%s' %s 2>/dev/null", path,
		       subject, arguments) < (int)size;
}

static double run(const char *command)
{
	double ns = -1;
	FILE *pipe = popen(command, "r");

	if (pipe == NULL)
		return -1;
	if (fscanf(pipe, "%lf", &ns) != 1)
		ns = -1;
	return pclose(pipe) == 0 ? ns : -1;
}

/* Of pairs of CPUs there is no run with one thread: they do what a pair does. */
double times_operation(const char *subject, enum run_workload workload)
{
	const struct run_workload_kind *kind = &run_workload_kinds[workload];
	char arguments[64], command[PATH_MAX + 64];
	double best = -1;

	if (kind->threads == 2)
		kind = &run_workload_kinds[RUN_PAIR];
	snprintf(arguments, sizeof(arguments), "%s 1 %d", kind->name,
		OPERATIONS / (int)kind->operations);
	if (!command_for(subject, arguments, command, sizeof(command)))
		return -1;
	for (unsigned i = 0; i < RUNS; i++) {
		double ns = run(command);

		if (ns > 0 && (best < 0 || ns < best))
			best = ns;
	}
	return best;
}

double times_line(void)
{
	double best = -1;

	for (unsigned i = 0; i < RUNS; i++) {
		double ns = pingpong_ns();

		if (ns > 0 && (best < 0 || ns < best))
			best = ns;
	}
	return best;
}
