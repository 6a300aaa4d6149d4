/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `fmag-bench run` and a subject's process say to each other, over a
 * socket that keeps messages whole. Each request has one reply; struct hello
 * comes first, unasked.
 */
#ifndef BENCH_SERVE_PROTOCOL_H
#define BENCH_SERVE_PROTOCOL_H

#include "serve/workload.h"

#include <fmag/types.h>

#define RUN_VERSION_TEXT 64

/* What it is run as: PROGRAM --serve SOCKET FRAMES BURST_MICROSECONDS. */
#define RUN_SERVE "--serve"

struct run_hello {
	enum fmag_status status; /* FMAG_OK: it is open */
	bool spins;
	bool has_inventory;
	size_t frames, metadata_bytes, frames_cacheable; /* if it has */
	char version[RUN_VERSION_TEXT];
};

enum run_request_kind {
	RUN_REQUEST_BEGIN,    /* threads start, the burst's length is found */
	RUN_REQUEST_BURST,    /* one burst */
	RUN_REQUEST_FINISH,   /* threads end */
	RUN_REQUEST_STRANDED, /* between a FINISH and a BEGIN */
	RUN_REQUEST_CLOSE,
};

/* A burst of RUN_SCARCE: frames that all its threads wanted, and did not get. */
struct run_scarcity {
	uint64_t wanted, missed;
	double seconds;
};

struct run_request {
	enum run_request_kind kind;
	enum run_workload workload; /* of BEGIN */
	unsigned threads;           /* of BEGIN and STRANDED */
	bool fifo;     /* of BEGIN: the threads are to be SCHED_FIFO */
	bool warm_up;  /* of BURST: its calls do not count */
	uint64_t seed; /* of BURST */
	size_t spare;  /* of RUN_SCARCE's BEGIN: frames that are free */
};

/* The percentiles that are told; in 1/10000. */
#define RUN_PERCENTILES 5
#define RUN_PERCENTILES_                     \
	{                                    \
		5000, 9000, 9900, 9990, 9999 \
	}

/* That of each burst's allocs is told, too. */
#define RUN_TAIL 9990

/* Nanoseconds of a call, the clock's own taken off. */
struct run_latency {
	double alloc[RUN_PERCENTILES], free[RUN_PERCENTILES];
	double alloc_max, free_max;
	double tick;    /* the clock's smallest step */
	uint64_t calls; /* of each */
};

struct run_reply {
	enum fmag_status status; /* FMAG_ERR_INVALID: frames were lost */
	/* of BURST: an operation; where each call is timed by itself, of the
	 * allocs RUN_TAIL; negative: none was left */
	double ns;
	size_t stranded; /* of STRANDED: frames free, and not to be had */
	struct run_latency latency;   /* of FINISH */
	struct run_scarcity scarcity; /* of RUN_SCARCE's BURST */
};

#endif
