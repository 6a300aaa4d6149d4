/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_json.h"

#include <jansson.h>

#define SCHEMA "fmag-bench/1"

/* Digits that a timing can bear. */
#define PRECISION 6

static json_t *machine_json(const struct run_findings *findings)
{
	const struct machine *machine = findings->machine;
	const struct run_options *options = findings->options;

	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:I, s:f, s:s}", "cpu",
		machine->cpu, "cpus", (json_int_t)machine->cpus, "kernel",
		machine->kernel, "compiler", machine->compiler, "fmag",
		MACHINE_FMAG_VERSION, "rounds", (json_int_t)options->rounds,
		"burst_us", options->burst_seconds * 1e6, "scheduler",
		findings->fifo ? "fifo" : "other");
}

static const char *verdict(const struct run_result *result)
{
	static const char *const names[] = {
		[RUN_SAME] = "not distinguishable",
		[RUN_DIFFERS] = "differs",
		[RUN_TOO_NOISY] = "too noisy",
	};

	return names[run_result_verdict(result)];
}

/* A ratio is null where its interval is too wide for one. */
static json_t *ratio_json(const struct run_result *result)
{
	return run_result_verdict(result) == RUN_TOO_NOISY
		? json_null()
		: json_real(result->ratio.value);
}

static json_t *result_json(
	const struct run_section *section, const struct run_result *result)
{
	return json_pack(
		"{s:s, s:s, s:I, s:s?, s:I, s:f, s:f, s:o, s:f, s:f, s:s}",
		"allocator", result->subject->name, "workload",
		run_workload_kinds[section->workload].name, "threads",
		(json_int_t)section->threads, "distance",
		run_distance_names[section->distance], "rounds",
		(json_int_t)section->round_count, "ns_min", result->min,
		"ns_median", result->median, "ratio_to_floor",
		ratio_json(result), "ci_low", result->ratio.low, "ci_high",
		result->ratio.high, "verdict", verdict(result));
}

static json_t *percentiles_json(const double *percentiles, double max)
{
	static const unsigned of_10000[] = RUN_PERCENTILES_;
	json_t *object = json_object();
	char name[16];

	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		snprintf(name, sizeof(name), "p%g", of_10000[i] / 100.0);
		json_object_set_new(object, name, json_real(percentiles[i]));
	}
	json_object_set_new(object, "max", json_real(max));
	return object;
}

static json_t *latency_json(
	const struct run_section *section, const struct run_result *result)
{
	const struct run_latency *latency = &result->latency;

	return json_pack("{s:s, s:I, s:I, s:f, s:o, s:o}", "allocator",
		result->subject->name, "threads", (json_int_t)section->threads,
		"calls", (json_int_t)latency->calls, "tick_ns", latency->tick,
		"alloc_ns",
		percentiles_json(latency->alloc, latency->alloc_max), "free_ns",
		percentiles_json(latency->free, latency->free_max));
}

/* Latencies, or all the others. */
static json_t *list_json(const struct run_findings *findings, bool latency)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->section_count; i++) {
		const struct run_section *section = &findings->sections[i];

		if ((section->workload == RUN_LATENCY) != latency ||
			section->round_count == 0)
			continue;
		for (size_t j = 0; j < section->result_count; j++) {
			const struct run_result *result = &section->results[j];

			if (!result->left_out)
				json_array_append_new(list,
					latency ? latency_json(section, result)
						: result_json(section, result));
		}
	}
	return list;
}

static json_t *facts_json(const struct run_facts *facts)
{
	json_t *object = json_pack("{s:s, s:s}", "allocator",
		facts->subject->name, "version", facts->version);

	if (facts->known) {
		json_t *more = json_pack("{s:I, s:I, s:I, s:I}", "frames",
			(json_int_t)facts->frames, "metadata_bytes",
			(json_int_t)facts->metadata_bytes, "threads",
			(json_int_t)facts->threads, "frames_stranded",
			(json_int_t)facts->stranded);

		json_object_update(object, more);
		json_decref(more);
	}
	return object;
}

static json_t *allocators_json(const struct run_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->options->subject_count; i++)
		json_array_append_new(list, facts_json(&findings->facts[i]));
	return list;
}

bool run_json_write(FILE *file, const struct run_findings *findings)
{
	json_t *root = json_pack("{s:s, s:o, s:o, s:o, s:o}", "schema", SCHEMA,
		"machine", machine_json(findings), "allocators",
		allocators_json(findings), "results",
		list_json(findings, false), "latency",
		list_json(findings, true));
	bool written = root != NULL &&
		json_dumpf(root, file,
			JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION)) == 0 &&
		fputc('\n', file) != EOF && fflush(file) == 0;

	json_decref(root);
	return written;
}
