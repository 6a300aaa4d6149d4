/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/file.h"

#include "support/message.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *file_open(const char *path)
{
	/* "a": what is in it stays; "e": gnuplot must not inherit it. */
	FILE *file = fopen(path, "ae");

	if (file == NULL)
		message("%s: %s", path, strerror(errno));
	return file;
}

void file_empty(FILE *file)
{
	if (ftruncate(fileno(file), 0) != 0)
		rewind(file);
}

void file_close(FILE *file, const char *path)
{
	struct stat status;
	bool unused = fstat(fileno(file), &status) == 0 &&
		S_ISREG(status.st_mode) && status.st_size == 0;

	fclose(file);
	if (unused)
		unlink(path);
}
