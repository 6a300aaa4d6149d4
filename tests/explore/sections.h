/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rseq front's sections, as their C statement (front/rseq_statement.h): the
 * scheduler may let others run before each access, and says at each whether the
 * section was aborted. fmag/detail/rseq.h includes this in the assembly's place.
 *
 * Aborted is a section of a thread that was preempted: another one has run on
 * its CPU. One that runs on another CPU meanwhile aborts nothing.
 */
#ifndef TESTS_EXPLORE_SECTIONS_H
#define TESTS_EXPLORE_SECTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Either of the two may be included first. */
#include <fmag/detail/rseq.h>

/* False where the cache has another front: its slots are closed to sections. */
bool explore_section_begin(void);

/* False where the section is over. */
bool explore_section_step(const char *function);

void explore_section_end(void);

uint32_t explore_section_cpu(void);

#define FMAG_SECTION_BEGIN()                   \
	do {                                   \
		if (!explore_section_begin())  \
			return FMAG_RSEQ_MISS; \
	} while (0)
#define FMAG_SECTION_STEP()                          \
	do {                                         \
		if (!explore_section_step(__func__)) \
			return FMAG_RSEQ_ABORTED;    \
	} while (0)
#define FMAG_SECTION_END()   explore_section_end()
#define FMAG_STATED_CPU(hot) ((void)(hot), explore_section_cpu())

#include "front/rseq_statement.h"

#define fmag_rseq_pop       fmag_stated_pop
#define fmag_rseq_push      fmag_stated_push
#define fmag_rseq_pop_many  fmag_stated_pop_many
#define fmag_rseq_push_many fmag_stated_push_many
#define fmag_rseq_install   fmag_stated_install

/* The platform's, for the front: aborts all sections on `cpu`. */
bool explore_barrier(int cpu);
/* Refused when it is called, though it would have been allowed just before. */
bool explore_barrier_refused(int cpu);

#endif
