/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host's allocator that is nothing but counted: its frames are numbers, since
 * fmag touches none. Verbs and flags are the arena's, so that runs are as long.
 */
#ifndef BENCH_SCALING_HAL_H
#define BENCH_SCALING_HAL_H

#include <fmag/hal.h>

#include <pthread.h>
#include <stdbool.h>

struct hal {
	pthread_mutex_t lock;
	size_t size;     /* frames there are */
	size_t fresh;    /* never taken yet, from here on */
	size_t returned; /* entries of `frames` */
	fmag_hpa_t *frames;
};

/* False: no memory. */
bool hal_open(struct hal *hal, size_t size);
void hal_close(struct hal *hal);

struct fmag_hal hal_verbs(struct hal *hal);

#endif
