/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mimalloc, whose library replaces malloc where it is linked.
 */
#include "serve/over_malloc.h"

#include <mimalloc.h>
#include <stdio.h>

/* 209 is 2.0.9. */
static const char *version(void)
{
	static char text[32];
	int number = mi_version();

	snprintf(text, sizeof(text), "mimalloc %d.%d.%d", number / 100,
		number / 10 % 10, number % 10);
	return text;
}

static enum fmag_status open_malloc(size_t frames, void **ctx)
{
	(void)frames;
	return over_malloc_open("libmimalloc", ctx);
}

const struct run_subject run_subject = {
	.version = version,
	.open = open_malloc,
	.close = over_malloc_close,
	.loops = RUN_LOOPS,
};
