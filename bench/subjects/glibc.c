/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * glibc's malloc.
 */
#include "serve/over_malloc.h"

#include <gnu/libc-version.h>
#include <stdio.h>

static const char *version(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "glibc %s", gnu_get_libc_version());
	return text;
}

static enum fmag_status open_malloc(size_t frames, void **ctx)
{
	(void)frames;
	return over_malloc_open("libc.so", ctx);
}

const struct run_subject run_subject = {
	.version = version,
	.open = open_malloc,
	.close = over_malloc_close,
	.loops = RUN_LOOPS,
};
