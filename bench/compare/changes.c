/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare/changes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct figure *changes_partner(
	const struct figures *figures, const struct figure *figure)
{
	for (size_t i = 0; i < figures->result_count; i++) {
		const struct figure *other = &figures->results[i];

		if (other->threads == figure->threads &&
			strcmp(other->allocator, figure->allocator) == 0 &&
			strcmp(other->workload, figure->workload) == 0 &&
			strcmp(other->distance, figure->distance) == 0)
			return other;
	}
	return NULL;
}

const struct latency_figure *changes_latency_partner(
	const struct figures *figures, const struct latency_figure *latency)
{
	for (size_t i = 0; i < figures->latency_count; i++) {
		const struct latency_figure *other = &figures->latencies[i];

		if (other->threads == latency->threads &&
			strcmp(other->allocator, latency->allocator) == 0)
			return other;
	}
	return NULL;
}

static enum change_kind kind_of(
	const struct figure *before, const struct figure *after)
{
	if (before->ratio <= 0 || after->ratio <= 0)
		return CHANGE_TOO_NOISY;
	if (after->low > before->high)
		return CHANGE_SLOWER;
	return after->high < before->low ? CHANGE_FASTER : CHANGE_NOISE;
}

static void add(struct changes *changes, const struct figure *before,
	const struct figure *after)
{
	struct change change = {
		.before = before,
		.after = after,
		.kind = kind_of(before, after),
		.quotient = 1,
	};

	if (change.kind != CHANGE_TOO_NOISY)
		change.quotient = after->ratio / before->ratio;
	changes->list[changes->count++] = change;
	changes->counts[change.kind]++;
}

/* Faster and slower ones go together. */
static int rank(const struct change *change)
{
	return change->kind == CHANGE_SLOWER ? CHANGE_FASTER
					     : (int)change->kind;
}

static int compare(const void *left, const void *right)
{
	const struct change *l = left, *r = right;
	double l_size = fabs(log(l->quotient)), r_size = fabs(log(r->quotient));

	if (rank(l) != rank(r))
		return rank(l) - rank(r);
	if (l_size < r_size || l_size > r_size)
		return l_size < r_size ? 1 : -1;
	return (l->before > r->before) - (l->before < r->before);
}

static void find_results(struct changes *changes)
{
	for (size_t i = 0; i < changes->before->result_count; i++) {
		const struct figure *before = &changes->before->results[i];
		const struct figure *after =
			changes_partner(changes->after, before);

		if (after != NULL)
			add(changes, before, after);
	}
	qsort(changes->list, changes->count, sizeof(*changes->list), compare);
}

static void find_latencies(struct changes *changes)
{
	for (size_t i = 0; i < changes->before->latency_count; i++) {
		const struct latency_figure *before =
			&changes->before->latencies[i];
		const struct latency_figure *after =
			changes_latency_partner(changes->after, before);

		if (after != NULL)
			changes->latencies[changes->latency_count++] =
				(struct latency_change){ before, after };
	}
}

bool changes_find(struct changes *changes, const struct figures *before,
	const struct figures *after)
{
	*changes = (struct changes){ .before = before, .after = after };
	changes->list =
		calloc(before->result_count + 1, sizeof(*changes->list));
	changes->latencies =
		calloc(before->latency_count + 1, sizeof(*changes->latencies));
	if (changes->list == NULL || changes->latencies == NULL) {
		changes_close(changes);
		return false;
	}
	find_results(changes);
	find_latencies(changes);
	return true;
}

void changes_close(struct changes *changes)
{
	free(changes->list);
	free(changes->latencies);
}

double changes_slowest(const struct changes *changes)
{
	double most = 0;

	for (size_t i = 0; i < changes->count; i++) {
		const struct change *change = &changes->list[i];

		if (change->kind == CHANGE_SLOWER)
			most = fmax(most, (change->quotient - 1) * 100);
	}
	return most;
}
