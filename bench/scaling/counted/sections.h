/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rseq front's sections for the counting build: their C statement
 * (front/rseq_statement.h), whose accesses are those of the assembly, in its
 * order, but seen by the hooks. Nobody aborts them: a CPU that is played has one
 * flow of control. fmag/detail/rseq.h includes this in the assembly's place.
 */
#ifndef BENCH_SCALING_SECTIONS_H
#define BENCH_SCALING_SECTIONS_H

#include <stdint.h>

/* Either of the two may be included first. */
#include <fmag/detail/rseq.h>

/*
 * The CPU that is played; none where the cache has another front. That word is
 * the thread's own, and not counted.
 */
uint32_t world_section_cpu(void);

#define FMAG_STATED_CPU(hot) ((void)(hot), world_section_cpu())

#include "front/rseq_statement.h"

#define fmag_rseq_pop       fmag_stated_pop
#define fmag_rseq_push      fmag_stated_push
#define fmag_rseq_pop_many  fmag_stated_pop_many
#define fmag_rseq_push_many fmag_stated_push_many
#define fmag_rseq_install   fmag_stated_install

#endif
