/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread shares with the kernel (struct rseq), in the test's hands: the
 * test says which CPU the thread is on, and nobody aborts a section that looks
 * there. So one thread can play any CPU on the rseq front, on a system without
 * rseq too.
 */
#ifndef TESTS_SUPPORT_PLAYED_AREA_H
#define TESTS_SUPPORT_PLAYED_AREA_H

#include <fmag/detail/rseq.h>

#if FMAG_HAS_RSEQ_

#include "front/front.h"

/* For struct fmag_hot, of every thread. */
int64_t played_area_offset(void);

/* The calling thread is on that CPU from now on; on none at first. */
void played_area_set_cpu(uint32_t cpu_id);

/* The section that was begun last, as the kernel would find it. */
struct played_section {
	uintptr_t begin;
	uintptr_t end;
	uintptr_t abort_handler;
};

struct played_section played_area_section(void);

#endif

#endif
