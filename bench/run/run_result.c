/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_result.h"

#include <stdlib.h>
#include <string.h>

bool run_section_open(struct run_section *section,
	const struct run_options *options, enum run_workload workload,
	unsigned threads)
{
	bool opened = true;

	*section = (struct run_section){
		.workload = workload,
		.threads = threads,
		.result_count = options->subject_count,
	};
	for (size_t i = 0; i < section->result_count; i++) {
		struct run_result *result = &section->results[i];

		result->subject = options->subjects[i];
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

bool run_result_differs(const struct run_result *result)
{
	return result->ratio.low > 1 || result->ratio.high < 1;
}
