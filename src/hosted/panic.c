/* SPDX-License-Identifier: BSD-2-Clause */
#include <fmag/fault.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* write, not stdio: a fault may be found in a signal handler. */
static void print(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return; /* nobody is left to tell */
}

__attribute__((weak)) void fmag_panic(const char *message)
{
	print("fmag: ");
	print(message);
	print("\n");
	abort();
}
