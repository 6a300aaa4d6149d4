/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/machine.h"

#include "support/cpus.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* The text behind "key : " in a file of /proc. False: there is none. */
static bool read_value(
	const char *path, const char *key, char *value, size_t size)
{
	char line[MACHINE_TEXT * 8];
	bool found = false;
	FILE *file = fopen(path, "r");

	if (file == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), file) != NULL) {
		char *colon = strchr(line, ':');

		if (colon == NULL || strncmp(line, key, strlen(key)) != 0)
			continue;
		colon += 1 + strspn(colon + 1, " \t");
		colon[strcspn(colon, "\n")] = '\0';
		snprintf(value, size, "%s", colon);
		found = true;
	}
	fclose(file);
	return found;
}

static uint64_t read_kib(const char *key)
{
	char value[MACHINE_TEXT];
	uint64_t kib;

	if (!read_value("/proc/meminfo", key, value, sizeof(value)) ||
		sscanf(value, "%" SCNu64, &kib) != 1)
		return 0;
	return kib * 1024;
}

struct machine machine_read(void)
{
	struct machine machine = {
		.compiler = COMPILER,
		.commit = BENCH_COMMIT,
	};
	struct utsname name;

	uname(&name);
	if (!read_value("/proc/cpuinfo", "model name", machine.cpu,
		    sizeof(machine.cpu)))
		snprintf(machine.cpu, sizeof(machine.cpu), "%s", name.machine);
	snprintf(machine.kernel, sizeof(machine.kernel), "Linux %s",
		name.release);
	machine.cpus = cpus_count();
	machine.memory_bytes = read_kib("MemTotal");
	machine.available_bytes = read_kib("MemAvailable");
	return machine;
}
