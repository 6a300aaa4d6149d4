/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void message(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	if (isatty(STDERR_FILENO))
		fputs(MESSAGE_CLEAR_LINE, stderr); /* of progress */
	fputs(BENCH_PROGRAM ": ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}
