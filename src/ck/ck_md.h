/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Concurrency Kit's machine description, in place of the installed one. That
 * one is written for the machine CK was built for: Debian's for amd64 says
 * CK_MD_TSO, and a cross build for a weakly ordered machine that finds it
 * silently loses its fences. This one says what the target is. It must come
 * first on the include path, and it must carry this name.
 *
 * CK_MD_LSE_ENABLE is never defined: CK 0.7.1's ck_pr_lse.h inverts the result
 * of its compare-and-swap. CK_PR_ENABLE_DOUBLE is not defined: a hypervisor is
 * compiled without floating-point registers.
 */
#ifndef CK_MD_H
#define CK_MD_H

#define CK_MD_CACHELINE 64
#define CK_MD_PAGESIZE  4096
#define CK_MD_RTM_DISABLE
#define CK_MD_LSE_DISABLE
#define CK_MD_POINTER_PACK_DISABLE
#define CK_MD_SSE_DISABLE
#define CK_MD_PPC32_LWSYNC_DISABLE
#define CK_MD_VMA_BITS 48ULL

#if defined(__x86_64__) || defined(__i386__)
#define CK_MD_TSO
#else
#define CK_MD_RMO
#endif

#define CK_VERSION "0.7.1"
#define CK_GIT_SHA ""

#endif
