/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * jemalloc.
 */
#include "serve/over_malloc.h"

#include <jemalloc/jemalloc.h>
#include <stdio.h>

/* "5.3.0-0-g54eaed1d" is 5.3.0. */
static const char *version(void)
{
	static char text[32];
	const char *full = "";
	size_t size = sizeof(full);

	mallctl("version", &full, &size, NULL, 0);
	snprintf(text, sizeof(text), "jemalloc %.*s", (int)strcspn(full, "-"),
		full);
	return text;
}

static enum fmag_status open_malloc(size_t frames, void **ctx)
{
	(void)frames;
	return over_malloc_open("libjemalloc", ctx);
}

const struct run_subject run_subject = {
	.version = version,
	.open = open_malloc,
	.close = over_malloc_close,
	.loops = RUN_LOOPS,
};
