/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A crew: the threads of a section. They meet at barriers and work in slices,
 * each slice on one host; between slices none of them runs. A crew no larger
 * than the number of CPUs is bound to them, one thread each.
 */
#ifndef BENCH_CREW_H
#define BENCH_CREW_H

#include "populate/vcpu.h"

#include <pthread.h>

struct member {
	struct vcpu vcpu;
	struct crew *crew;
	pthread_t thread;
};

struct crew {
	unsigned size;
	struct member *members;
	pthread_mutex_t gate;      /* held until all threads were started */
	pthread_barrier_t barrier; /* the crew and who leads it */
	struct host *host;         /* of this slice; NULL: go home */
	bool complete;             /* false: go home before the barrier */
	atomic_bool stop;          /* the slice is over */
};

/*
 * `cpus` is how many this process may use. False, after a message: no memory,
 * or not so many threads to be had.
 */
bool crew_start(struct crew *crew, unsigned size, unsigned cpus, uint64_t seed);
void crew_end(struct crew *crew);

/*
 * One slice of about `seconds`. Returns how long it really was, until the last
 * thread was done; `*sum` is what all did together.
 */
double crew_work(struct crew *crew, struct host *host, double seconds,
	struct tally *sum);

#endif
