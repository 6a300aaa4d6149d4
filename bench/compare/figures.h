/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of figures, as `fmag-bench run --json` writes it, read again.
 */
#ifndef BENCH_COMPARE_FIGURES_H
#define BENCH_COMPARE_FIGURES_H

#include "serve/protocol.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define FIGURES_TEXT 160

/* Texts are the file's; they live as long as the figures do. */
struct figure {
	const char *workload, *allocator;
	const char *distance; /* "": it is not told */
	int threads;
	double ratio; /* to the floor; 0: none, it was too noisy */
	double low, high;
};

struct latency_figure {
	const char *allocator;
	int threads;
	double tick;
	double alloc[RUN_PERCENTILES], free[RUN_PERCENTILES];
};

struct figures {
	const char *path;
	json_t *root;
	struct figure *results; /* without the floor's, which are 1 */
	size_t result_count;
	struct latency_figure *latencies;
	size_t latency_count;
};

/* False, after a message: there is no such file, or it is not what it should be. */
bool figures_read(struct figures *figures, const char *path);
void figures_close(struct figures *figures);

/* A value of "machine" as text; "?" if it is not there. */
void figures_machine(const struct figures *figures, const char *key,
	char text[FIGURES_TEXT]);
bool figures_same_machine(const struct figures *left,
	const struct figures *right, const char *key);

#endif
