/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For libraries that replace malloc: a frame is aligned_alloc() of a page, and
 * its address is the frame's. Included once, by the subject's file. What these
 * have is the whole of the process's memory, hence no inventory.
 */
#ifndef BENCH_SERVE_OVER_MALLOC_H
#define BENCH_SERVE_OVER_MALLOC_H

#include "serve/subject.h"
#include "support/message.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static inline fmag_hpa_t alloc_one(void *ctx)
{
	(void)ctx;
	return (uintptr_t)aligned_alloc(RUN_FRAME_SIZE, RUN_FRAME_SIZE);
}

/*
 * Compilers know free(): they leave out an allocation that is freed unused, and
 * zeros that are written just before. So they are not told what this is.
 */
static inline void free_one(void *ctx, fmag_hpa_t frame)
{
	void *memory = (void *)(uintptr_t)frame;

	(void)ctx;
	__asm__ volatile("" : "+r"(memory) : : "memory");
	free(memory);
}

static inline void *memory_of(void *ctx, fmag_hpa_t frame)
{
	(void)ctx;
	return (void *)(uintptr_t)frame;
}

#include "serve/loops.h"

/* Whether the `name` that this program calls is of that library. */
static bool over_malloc_is_of(const char *name, const char *library)
{
	void *function = dlsym(RTLD_DEFAULT, name);
	Dl_info info;

	if (function != NULL && dladdr(function, &info) != 0 &&
		strstr(info.dli_fname, library) != NULL)
		return true;
	message("%s() is not %s's here", name, library);
	return false;
}

/* `library` is a part of its file's name, "libc.so". */
static enum fmag_status over_malloc_open(const char *library, void **ctx)
{
	*ctx = NULL;
	return over_malloc_is_of("aligned_alloc", library) &&
			over_malloc_is_of("free", library)
		? FMAG_OK
		: FMAG_ERR_UNSUPPORTED;
}

/* There is no saying what a malloc has out. */
static bool over_malloc_close(void *ctx)
{
	(void)ctx;
	return true;
}

#endif
