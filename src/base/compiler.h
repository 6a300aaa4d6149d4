/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the compilers can be told.
 */
#ifndef FMAG_BASE_COMPILER_H
#define FMAG_BASE_COMPILER_H

#include <stddef.h>

#define fmag_likely(x)   __builtin_expect(!!(x), 1)
#define fmag_unlikely(x) __builtin_expect(!!(x), 0)

/* What an invariant says, told to the compiler. */
#define fmag_assume(x) ((x) ? (void)0 : __builtin_unreachable())

/* Keeps slow paths out of the code of the fast ones. */
#define FMAG_COLD __attribute__((cold, noinline))

/* A hit, which is a line or so long: it begins one. */
#define FMAG_HIT __attribute__((aligned(64)))

/* Data of the library's that no other module sees: reached without a table. */
#define FMAG_HIDDEN __attribute__((visibility("hidden")))

/* Two lines: the next-line prefetcher fetches them in pairs. */
#define FMAG_LINE_PAIR 128

#define fmag_container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#define FMAG_ARRAY_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

#endif
