/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/launch.h"

#include "support/message.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int scaling_main(int argc, char **argv)
{
	char path[PATH_MAX + 16];
	ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);

	(void)argc;
	if (length > 0) {
		snprintf(path + length, sizeof(path) - (size_t)length,
			"-scaling");
		execv(path, argv);
	}
	message("scaling: not in this build: %s", strerror(errno));
	return EXIT_FAILURE;
}
