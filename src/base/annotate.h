/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tools that watch a client are told about memory: who may touch it,
 * and what comes before what. Nothing at all in the library that is shipped;
 * its twins are compiled with one of
 *
 *   FMAG_FOR_TSAN      fmag_tsan      ThreadSanitizer: edges, and marks
 *   FMAG_FOR_ASAN      fmag_asan      AddressSanitizer: poison
 *   FMAG_FOR_VALGRIND  fmag_valgrind  memcheck: no access
 *
 * Memory goes round, and each step says what it means to the tool:
 *
 *	           given_back              to_hal
 *	 a caller ------------>  fmag   ------------> its HAL
 *	          <------------         <------------
 *	            handed_out            from_hal
 *
 * Under ThreadSanitizer the edge is a release and an acquire on the memory's
 * first byte, and the mark a write of all of it: whoever gives memory back
 * writes it last, whoever gets it writes it first. Nothing else that fmag does
 * orders anything: behind its verbs it is not instrumented (src/CMakeLists.txt).
 * On the way to the HAL the edge is passed on, since another thread than the
 * one that freed it may bring it there. On the way from it none is needed, and
 * none is made: what is fetched is for the one that fetches (below).
 *
 * A retired frame goes another way: its readers use it until their grace is over,
 * so that it is neither written nor forbidden. Who retires it and who gives it
 * back to fmag for it, later, are one edge apart (retired, settled); that of the
 * readers is the host's, in its source of grace periods.
 *
 * Only shadow is written: memory that must not be touched is not (G5).
 */
#ifndef FMAG_BASE_ANNOTATE_H
#define FMAG_BASE_ANNOTATE_H

#include <stddef.h>

/* One of the functions below. */
typedef void (*fmag_annotation)(void *memory, size_t size);

/*
 * Takes one frame at a time from the HAL, not a run to keep: or what one thread
 * fetches another is handed, and needs an edge from the fetch, that would hide
 * the races of the two.
 */
#if defined(FMAG_FOR_TSAN)
#define FMAG_FETCHES_ONE 1
#else
#define FMAG_FETCHES_ONE 0
#endif

#if defined(FMAG_FOR_TSAN)
#define FMAG_ANNOTATES 1

/* Of the runtimes of gcc and clang; the last is in no header. */
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void __tsan_write_range(void *address, unsigned long size);

static inline void fmag_annotate_written(void *memory, size_t size)
{
	if (size != 0)
		__tsan_write_range(memory, size);
}

static inline void fmag_annotate_handed_out(void *memory, size_t size)
{
	__tsan_acquire(memory);
	fmag_annotate_written(memory, size);
}

static inline void fmag_annotate_given_back(void *memory, size_t size)
{
	fmag_annotate_written(memory, size);
	__tsan_release(memory);
}

static inline void fmag_annotate_from_hal(void *memory, size_t size)
{
	(void)memory;
	(void)size;
}

static inline void fmag_annotate_to_hal(void *memory, size_t size)
{
	(void)size;
	__tsan_acquire(memory);
}

static inline void fmag_annotate_retired(void *memory, size_t size)
{
	(void)size;
	__tsan_release(memory);
}

static inline void fmag_annotate_settled(void *memory, size_t size)
{
	(void)size;
	__tsan_acquire(memory);
}

#else

#if defined(FMAG_FOR_ASAN)
#define FMAG_ANNOTATES 1
#include <sanitizer/asan_interface.h>
#define FMAG_FORBID(memory, size) __asan_poison_memory_region(memory, size)
#define FMAG_ALLOW(memory, size)  __asan_unpoison_memory_region(memory, size)
#elif defined(FMAG_FOR_VALGRIND)
#define FMAG_ANNOTATES 1
#include <valgrind/memcheck.h>
#define FMAG_FORBID(memory, size) (void)VALGRIND_MAKE_MEM_NOACCESS(memory, size)
/* Defined: a guest or a device may have written it, which memcheck misses. */
#define FMAG_ALLOW(memory, size)  (void)VALGRIND_MAKE_MEM_DEFINED(memory, size)
#else
#define FMAG_ANNOTATES            0
#define FMAG_FORBID(memory, size) ((void)(memory), (void)(size))
#define FMAG_ALLOW(memory, size)  ((void)(memory), (void)(size))
#endif

static inline void fmag_annotate_written(void *memory, size_t size)
{
	(void)memory;
	(void)size;
}

static inline void fmag_annotate_handed_out(void *memory, size_t size)
{
	FMAG_ALLOW(memory, size);
}

static inline void fmag_annotate_given_back(void *memory, size_t size)
{
	FMAG_FORBID(memory, size);
}

static inline void fmag_annotate_from_hal(void *memory, size_t size)
{
	FMAG_FORBID(memory, size);
}

static inline void fmag_annotate_to_hal(void *memory, size_t size)
{
	FMAG_ALLOW(memory, size);
}

static inline void fmag_annotate_retired(void *memory, size_t size)
{
	(void)memory;
	(void)size;
}

static inline void fmag_annotate_settled(void *memory, size_t size)
{
	(void)memory;
	(void)size;
}

#endif

#endif
