/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For builds without a libc only: Concurrency Kit's headers include limits.h,
 * and gcc's own wants a libc's behind it. Only what C11 7.10 asks for in terms
 * that every compiler defines.
 */
#ifndef FMAG_FREESTANDING_LIMITS_H
#define FMAG_FREESTANDING_LIMITS_H

#define CHAR_BIT __CHAR_BIT__

#define SCHAR_MAX __SCHAR_MAX__
#define SHRT_MAX  __SHRT_MAX__
#define INT_MAX   __INT_MAX__
#define LONG_MAX  __LONG_MAX__
#define LLONG_MAX __LONG_LONG_MAX__

#define SCHAR_MIN (-SCHAR_MAX - 1)
#define SHRT_MIN  (-SHRT_MAX - 1)
#define INT_MIN   (-INT_MAX - 1)
#define LONG_MIN  (-LONG_MAX - 1L)
#define LLONG_MIN (-LLONG_MAX - 1LL)

#define UCHAR_MAX  (SCHAR_MAX * 2 + 1)
#define USHRT_MAX  (SHRT_MAX * 2 + 1)
#define UINT_MAX   (INT_MAX * 2U + 1U)
#define ULONG_MAX  (LONG_MAX * 2UL + 1UL)
#define ULLONG_MAX (LLONG_MAX * 2ULL + 1ULL)

#endif
