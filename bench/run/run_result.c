/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_result.h"

#include "run/pingpong.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An interval's end over its start, from which on it says nothing. */
#define TOO_WIDE 2.0

const char *const run_distance_names[] = {
	[RUN_ANY] = NULL,
	[RUN_NEAR] = "near",
	[RUN_FAR] = "far",
};

const char *const run_verdict_names[] = {
	[RUN_SAME] = "not distinguishable",
	[RUN_DIFFERS] = "differs",
	[RUN_TOO_NOISY] = "too noisy",
};

bool run_section_open(struct run_section *section,
	const struct run_options *options, enum run_workload workload,
	unsigned threads)
{
	bool opened;

	*section = (struct run_section){
		.workload = workload,
		.threads = threads,
		.result_count = options->subjects.count,
	};
	section->ways = calloc(options->rounds, sizeof(*section->ways));
	opened = section->ways != NULL;
	for (size_t i = 0; i < section->result_count; i++) {
		struct run_result *result = &section->results[i];

		result->subject = options->subjects.list[i];
		result->rounds =
			calloc(options->rounds, sizeof(*result->rounds));
		opened &= result->rounds != NULL;
	}
	return opened;
}

void run_section_close(struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++)
		free(section->results[i].rounds);
	free(section->ways);
}

/* Round `from` of one section becomes the last of another, or of the same. */
static void move_round(
	struct run_section *to, const struct run_section *section, size_t from)
{
	for (size_t i = 0; i < section->result_count; i++)
		to->results[i].rounds[to->round_count] =
			section->results[i].rounds[from];
	to->ways[to->round_count++] = section->ways[from];
}

bool run_section_split(struct run_section *section,
	const struct run_options *options, struct run_section *far)
{
	size_t count = section->round_count;

	if (!run_section_open(
		    far, options, section->workload, section->threads))
		return false;
	for (size_t i = 0; i < section->result_count; i++) {
		far->results[i].left_out = section->results[i].left_out;
		far->results[i].not_built = section->results[i].not_built;
	}
	section->distance = RUN_NEAR;
	section->round_count = 0;
	far->distance = RUN_FAR;
	for (size_t i = 0; i < count; i++)
		move_round(section->ways[i] > PINGPONG_FAR_NS ? far : section,
			section, i);
	return true;
}

static void summarise(struct run_result *result, const struct run_result *floor,
	size_t rounds, double *scratch)
{
	memcpy(scratch, result->rounds, rounds * sizeof(*scratch));
	result->median = median_of(scratch, rounds).value;
	result->min = scratch[0]; /* sorted now */
	for (size_t i = 0; i < rounds; i++)
		scratch[i] = result->rounds[i] / floor->rounds[i];
	result->ratio = median_of(scratch, rounds);
}

bool run_section_summarise(struct run_section *section)
{
	double *scratch = calloc(section->round_count, sizeof(*scratch));

	if (scratch == NULL)
		return false;
	for (size_t i = 0; i < section->result_count; i++) {
		struct run_result *result = &section->results[i];

		if (!result->left_out)
			summarise(result, &section->results[0],
				section->round_count, scratch);
	}
	free(scratch);
	return true;
}

enum run_verdict run_result_verdict(const struct run_result *result)
{
	const struct median *ratio = &result->ratio;

	if (ratio->high > ratio->low * TOO_WIDE)
		return RUN_TOO_NOISY;
	return ratio->low > 1 || ratio->high < 1 ? RUN_DIFFERS : RUN_SAME;
}

static const struct run_result *reference_of(const struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++) {
		const struct run_result *result = &section->results[i];

		if (strcmp(result->subject->name, RUN_REFERENCE) == 0)
			return result->left_out ? NULL : result;
	}
	return NULL;
}

int run_section_slower_rounds(
	const struct run_section *section, const struct run_result *result)
{
	const struct run_result *reference = reference_of(section);
	int slower = 0;

	if (reference == NULL || reference == result)
		return -1;
	for (size_t i = 0; i < section->round_count; i++)
		slower += result->rounds[i] > reference->rounds[i];
	return slower;
}

void run_percentile_name(size_t percentile, char name[RUN_PERCENTILE_TEXT])
{
	static const unsigned of_10000[] = RUN_PERCENTILES_;

	snprintf(
		name, RUN_PERCENTILE_TEXT, "p%g", of_10000[percentile] / 100.0);
}

void run_findings_close(struct run_findings *findings)
{
	for (size_t i = 0; i < findings->section_count; i++)
		run_section_close(&findings->sections[i]);
}
