/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The subject's process: opens it, and does what is asked for (serve/protocol.h).
 */
#ifndef BENCH_SERVE_SERVER_H
#define BENCH_SERVE_SERVER_H

#include "serve/protocol.h"

#include <stddef.h>

/*
 * Until the other end of `socket` is closed; bursts take about `burst_seconds`.
 * Returns the exit status, as does the next one.
 */
int server_run(int socket, size_t frames, double burst_seconds);

/*
 * In as many bursts, each with another number of frames held meanwhile, so that
 * not all of them are at a cache's edge; prints their mean time.
 */
#define RUN_ONCE_BURSTS 16
int server_run_once(size_t frames, enum run_workload workload, unsigned threads,
	size_t iterations);

#endif
