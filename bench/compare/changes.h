/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What two files of figures have in common, and how it changed.
 */
#ifndef BENCH_COMPARE_CHANGES_H
#define BENCH_COMPARE_CHANGES_H

#include "compare/figures.h"

/* In the order in which they are told. */
enum change_kind {
	CHANGE_FASTER, /* or slower: the two intervals are apart */
	CHANGE_SLOWER,
	CHANGE_NOISE,
	CHANGE_TOO_NOISY, /* one of the two has no ratio */
	CHANGE_KINDS,
};

struct change {
	const struct figure *before, *after;
	enum change_kind kind;
	double quotient; /* the later ratio by the earlier; 1 if too noisy */
};

struct latency_change {
	const struct latency_figure *before, *after;
};

struct changes {
	const struct figures *before, *after;
	struct change *list; /* those beyond noise first, each by its size */
	size_t count;
	size_t counts[CHANGE_KINDS];
	struct latency_change *latencies;
	size_t latency_count;
};

/* False: no memory. */
bool changes_find(struct changes *changes, const struct figures *before,
	const struct figures *after);
void changes_close(struct changes *changes);

/* By how many percent the result is slower that is most; 0: none is. */
double changes_slowest(const struct changes *changes);

/* The one in `figures` that is of the same thing. NULL: there is none. */
const struct figure *changes_partner(
	const struct figures *figures, const struct figure *figure);
const struct latency_figure *changes_latency_partner(
	const struct figures *figures, const struct latency_figure *latency);

#endif
