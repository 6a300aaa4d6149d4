/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/run_json.h"

#include <jansson.h>
#include <time.h>

#define SCHEMA "fmag-bench/1"

/* Digits that a timing can bear. */
#define PRECISION 6

static json_t *machine_json(const struct run_findings *findings)
{
	const struct machine *machine = findings->machine;
	const struct run_options *options = findings->options;
	char date[sizeof("2026-01-01T00:00:00Z")];

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
		gmtime(&findings->started));
	/* A command line that is not UTF-8 is null. */
	return json_pack(
		"{s:s, s:I, s:s, s:s, s:s, s:s, s:I, s:f, s:s, s:s, s:o?}",
		"cpu", machine->cpu, "cpus", (json_int_t)machine->cpus,
		"kernel", machine->kernel, "compiler", machine->compiler,
		"fmag", MACHINE_FMAG_VERSION, "commit", machine->commit,
		"rounds", (json_int_t)options->rounds, "burst_us",
		options->burst_seconds * 1e6, "scheduler",
		findings->fifo ? "fifo" : "other", "date", date, "command",
		json_string(options->command));
}

/* A ratio is null where its interval is too wide for one. */
static json_t *ratio_json(const struct run_result *result)
{
	return run_result_verdict(result) == RUN_TOO_NOISY
		? json_null()
		: json_real(result->ratio.value);
}

static json_t *slower_rounds_json(
	const struct run_section *section, const struct run_result *result)
{
	int slower = run_section_slower_rounds(section, result);

	return slower < 0 ? json_null() : json_integer(slower);
}

static json_t *result_json(
	const struct run_section *section, const struct run_result *result)
{
	return json_pack(
		"{s:s, s:s, s:I, s:s?, s:I, s:f, s:f, s:o, s:f, s:f, s:s, "
		"s:o}",
		"allocator", result->subject->name, "workload",
		run_workload_kinds[section->workload].name, "threads",
		(json_int_t)section->threads, "distance",
		run_distance_names[section->distance], "rounds",
		(json_int_t)section->round_count, "ns_min", result->min,
		"ns_median", result->median, "ratio_to_floor",
		ratio_json(result), "ci_low", result->ratio.low, "ci_high",
		result->ratio.high, "verdict",
		run_verdict_names[run_result_verdict(result)], "slower_rounds",
		slower_rounds_json(section, result));
}

static json_t *percentiles_json(const double *percentiles, double max)
{
	json_t *object = json_object();
	char name[RUN_PERCENTILE_TEXT];

	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		run_percentile_name(i, name);
		json_object_set_new(object, name, json_real(percentiles[i]));
	}
	json_object_set_new(object, "max", json_real(max));
	return object;
}

static json_t *rounds_json(
	const struct run_section *section, const struct run_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < section->round_count; i++)
		json_array_append_new(list, json_real(result->rounds[i]));
	return list;
}

static json_t *latency_json(
	const struct run_section *section, const struct run_result *result)
{
	const struct run_latency *latency = &result->latency;

	return json_pack("{s:s, s:s, s:I, s:I, s:f, s:o, s:o, s:o}",
		"allocator", result->subject->name, "workload",
		run_workload_kinds[section->workload].name, "threads",
		(json_int_t)section->threads, "calls",
		(json_int_t)latency->calls, "tick_ns", latency->tick,
		"alloc_ns",
		percentiles_json(latency->alloc, latency->alloc_max), "free_ns",
		percentiles_json(latency->free, latency->free_max),
		"tail_ns_by_round", rounds_json(section, result));
}

/* Latencies, or all the others. */
static json_t *list_json(const struct run_findings *findings, bool latency)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->section_count; i++) {
		const struct run_section *section = &findings->sections[i];

		if ((run_workload_kinds[section->workload].calls != 0) !=
				latency ||
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
		json_t *more = json_pack("{s:I, s:I, s:I, s:I, s:I}", "frames",
			(json_int_t)facts->frames, "metadata_bytes",
			(json_int_t)facts->metadata_bytes, "frames_cacheable",
			(json_int_t)facts->frames_cacheable, "threads",
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

	for (size_t i = 0; i < findings->options->subjects.count; i++)
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
