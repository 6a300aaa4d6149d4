/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU that a thread plays, as a freestanding host tells fmag
 * (src/freestanding/README.md).
 */
#ifndef BENCH_SERVE_PLAYED_CPU_H
#define BENCH_SERVE_PLAYED_CPU_H

/* Where a hypervisor has a per-CPU register or segment. */
extern __thread unsigned played_cpu __attribute__((tls_model("initial-exec")));

static inline unsigned fmag_host_cpu(void)
{
	return played_cpu;
}

#endif
