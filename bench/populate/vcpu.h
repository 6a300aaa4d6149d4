/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one thread does: it runs the vCPUs of its guests, and between their
 * faults takes memory back from the other guests.
 */
#ifndef BENCH_VCPU_H
#define BENCH_VCPU_H

#include "populate/host.h"
#include "populate/stopwatch.h"
#include "support/rng.h"

#define VCPU_ALIGN 128 /* two cache lines: the prefetcher takes pairs */

/* What a thread did in a slice. */
struct tally {
	struct lap_sum alloc, dealloc;
	uint64_t touched;  /* frames allocated, touched and mapped */
	uint64_t calls;    /* allocs and frees, the failed ones too */
	uint64_t none;     /* allocs that got no frame */
	uint64_t restarts; /* guests torn down and started anew */
};

struct vcpu {
	_Alignas(VCPU_ALIGN) unsigned number;
	unsigned vcpus;
	bool shares_cpu; /* with other threads of the crew */
	unsigned guest;  /* whose vCPU this is, now */
	struct rng rng;
	struct host *host;
	struct stopwatch watch;
	struct tally tally;
};

/* Faults in and takes back until `*stop`. */
void vcpu_run(struct vcpu *vcpu, struct host *host, const atomic_bool *stop);

#endif
