/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_json.h"

#include "run/workload.h"

#include <jansson.h>

#define SCHEMA "fmag-bench/1"

/* Digits that a timing can bear. */
#define PRECISION 6

static json_t *machine_json(
	const struct machine *machine, const struct run_options *options)
{
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:I}", "cpu", machine->cpu,
		"cpus", (json_int_t)machine->cpus, "kernel", machine->kernel,
		"compiler", machine->compiler, "fmag", MACHINE_FMAG_VERSION,
		"rounds", (json_int_t)options->rounds);
}

static json_t *result_json(
	const struct run_section *section, const struct run_result *result)
{
	return json_pack("{s:s, s:s, s:I, s:f, s:f, s:f, s:f, s:f}",
		"allocator", result->subject->name, "workload",
		run_workload_kinds[section->workload].name, "threads",
		(json_int_t)section->threads, "ns_min", result->min,
		"ns_median", result->median, "ratio_to_floor",
		result->ratio.value, "ci_low", result->ratio.low, "ci_high",
		result->ratio.high);
}

static void append_results(json_t *list, const struct run_section *section)
{
	for (size_t i = 0; i < section->result_count; i++) {
		if (!section->results[i].left_out)
			json_array_append_new(list,
				result_json(section, &section->results[i]));
	}
}

bool run_json_write(FILE *file, const struct machine *machine,
	const struct run_options *options, const struct run_section *sections,
	size_t count)
{
	json_t *list = json_array();
	json_t *root;
	bool written;

	for (size_t i = 0; i < count; i++)
		append_results(list, &sections[i]);
	root = json_pack("{s:s, s:o, s:o}", "schema", SCHEMA, "machine",
		machine_json(machine, options), "results", list);
	written = root != NULL &&
		json_dumpf(root, file,
			JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION)) == 0 &&
		fputc('\n', file) != EOF && fflush(file) == 0;
	json_decref(root);
	return written;
}
