/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What hits compiled into a client and the library have to agree on, as a
 * symbol: a library defines one, the client refers to the one it needs
 * (fmag/inline.h), and two that do not match do not link. Not for use on its
 * own.
 *
 *   fmag_abi_N_rseq   layout N, hits are sections (fmag/detail/rseq.h); also
 *                     the twin for valgrind, under which every hit misses
 *   fmag_abi_N_tsan   compiled for ThreadSanitizer, which must see each verb:
 *                     no hit is compiled in
 *   fmag_abi_N_asan   likewise for AddressSanitizer
 *   fmag_abi_N_calls  hits are the library's own affair; nobody refers to it
 */
#ifndef FMAG_DETAIL_ABI_H
#define FMAG_DETAIL_ABI_H

#include <fmag/detail/layout.h>
#include <fmag/detail/rseq.h>

#define FMAG_HAS_TSAN_ 0
#define FMAG_HAS_ASAN_ 0
#if defined(FMAG_FOR_TSAN) || defined(__SANITIZE_THREAD__)
#undef FMAG_HAS_TSAN_
#define FMAG_HAS_TSAN_ 1
#elif defined(FMAG_FOR_ASAN) || defined(__SANITIZE_ADDRESS__)
#undef FMAG_HAS_ASAN_
#define FMAG_HAS_ASAN_ 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef FMAG_HAS_TSAN_
#define FMAG_HAS_TSAN_ 1
#elif __has_feature(address_sanitizer)
#undef FMAG_HAS_ASAN_
#define FMAG_HAS_ASAN_ 1
#endif
#endif

#if FMAG_HAS_TSAN_
#define FMAG_ABI_KIND_ tsan
#elif FMAG_HAS_ASAN_
#define FMAG_ABI_KIND_ asan
#elif FMAG_HAS_RSEQ_
#define FMAG_ABI_KIND_ rseq
#else
#define FMAG_ABI_KIND_ calls
#endif

#define FMAG_ABI_JOIN_(layout, kind)   fmag_abi_##layout##_##kind
#define FMAG_ABI_EXPAND_(layout, kind) FMAG_ABI_JOIN_(layout, kind)
#define FMAG_ABI_TAG_                  FMAG_ABI_EXPAND_(FMAG_LAYOUT_, FMAG_ABI_KIND_)

#define FMAG_ABI_QUOTE_(tag)        #tag
#define FMAG_ABI_QUOTE_EXPAND_(tag) FMAG_ABI_QUOTE_(tag)
#define FMAG_ABI_TAG_NAME_          FMAG_ABI_QUOTE_EXPAND_(FMAG_ABI_TAG_)

#endif
