/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/result.h"

#include "support/clock.h"

#include <stdlib.h>

#define NOT_TIMED (-1.0)

static double lap_ns(const struct lap_sum *laps)
{
	if (laps->frames == 0)
		return NOT_TIMED;
	return clock_ns(laps->ticks) / (double)laps->frames;
}

double round_alloc_ns(const struct round *round)
{
	return lap_ns(&round->tally.alloc);
}

double round_free_ns(const struct round *round)
{
	return lap_ns(&round->tally.dealloc);
}

double round_frame_ns(const struct round *round)
{
	double alloc = round_alloc_ns(round);
	double dealloc = round_free_ns(round);

	return alloc < 0 || dealloc < 0 ? NOT_TIMED : alloc + dealloc;
}

double result_hal_calls_per_1000(const struct result *result)
{
	if (result->frames == 0)
		return 0;
	return (double)result->hal_calls * 1000 / (double)result->frames;
}

bool section_open(struct section *section, unsigned vcpus, size_t rounds)
{
	bool opened = true;

	*section = (struct section){ .vcpus = vcpus };
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++) {
		struct result *result = &section->results[i];

		result->allocator = allocator_kinds[i]->name;
		result->is_cache = allocator_kinds[i]->counts != NULL;
		result->rounds = calloc(rounds, sizeof(*result->rounds));
		opened &= result->rounds != NULL;
	}
	return opened;
}

void section_close(struct section *section)
{
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		free(section->results[i].rounds);
}

/* Over the rounds in which there is something to take the median of. */
static struct median median_of_rounds(const struct result *result,
	double (*figure)(const struct round *round), double *scratch)
{
	size_t count = 0;

	for (size_t i = 0; i < result->round_count; i++) {
		double value = figure(&result->rounds[i]);

		if (value >= 0)
			scratch[count++] = value;
	}
	return count > 0 ? median_of(scratch, count) : (struct median){ 0 };
}

static void add_up(struct result *result)
{
	double seconds = 0;

	for (size_t i = 0; i < result->round_count; i++) {
		const struct round *round = &result->rounds[i];

		seconds += round->seconds;
		result->frames += round->tally.touched;
		result->hal_calls += round->hal_calls;
		result->none += round->tally.none;
		result->restarts += round->tally.restarts;
		result->left_out_frames += round->tally.alloc.left_out +
			round->tally.dealloc.left_out;
	}
	if (seconds > 0)
		result->frames_per_s = (double)result->frames / seconds;
}

static void summarise(struct result *result, double *scratch)
{
	add_up(result);
	result->free_ns = median_of_rounds(result, round_free_ns, scratch);
	result->frame_ns = median_of_rounds(result, round_frame_ns, scratch);
	result->alloc_ns = median_of_rounds(result, round_alloc_ns, scratch);
	/* Sorted by now. */
	result->alloc_ns_min = result->alloc_ns.value > 0 ? scratch[0] : 0;
}

static const struct result *best_baseline(const struct section *section)
{
	const struct result *best = NULL;

	for (size_t i = 0; i < ALLOCATOR_COUNT; i++) {
		const struct result *result = &section->results[i];

		if (result->is_cache || result->left_out ||
			result->frame_ns.value <= 0)
			continue;
		if (best == NULL ||
			result->frame_ns.value < best->frame_ns.value)
			best = result;
	}
	return best;
}

static struct headline compare(const struct result *baseline,
	const struct result *cache, double *scratch)
{
	size_t count = 0;

	if (baseline == NULL)
		return (struct headline){ 0 };
	for (size_t i = 0; i < cache->round_count; i++) {
		double over = round_frame_ns(&baseline->rounds[i]);
		double under = round_frame_ns(&cache->rounds[i]);

		if (over > 0 && under > 0)
			scratch[count++] = over / under;
	}
	if (count == 0)
		return (struct headline){ 0 };
	return (struct headline){
		.best_baseline = baseline->allocator,
		.ratio = median_of(scratch, count),
	};
}

bool section_summarise(struct section *section)
{
	const struct result *cache = &section->results[ALLOCATOR_COUNT - 1];
	double *scratch = calloc(cache->round_count, sizeof(*scratch));

	if (scratch == NULL)
		return false;
	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		summarise(&section->results[i], scratch);
	section->headline = compare(best_baseline(section), cache, scratch);
	free(scratch);
	return true;
}
