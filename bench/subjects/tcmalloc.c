/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gperftools' tcmalloc, with a cache a thread. (Google's, with one a CPU, is in no
 * package of Debian.)
 */
#include "serve/over_malloc.h"

#include <gperftools/tcmalloc.h>

/* "gperftools 2.10" */
static const char *version(void)
{
	return tc_version(NULL, NULL, NULL);
}

static enum fmag_status open_malloc(size_t frames, void **ctx)
{
	(void)frames;
	return over_malloc_open("libtcmalloc", ctx);
}

const struct run_subject run_subject = {
	.version = version,
	.open = open_malloc,
	.close = over_malloc_close,
	.loops = RUN_LOOPS,
};
