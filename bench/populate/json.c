/* SPDX-License-Identifier: BSD-2-Clause */
#include "populate/json.h"

#include <jansson.h>

#define SCHEMA "fmag-bench-populate/1"

/* Digits that a timing can bear, and that counts stay exact with. */
#define PRECISION 6

static json_t *real_or_null(bool known, double value)
{
	return known ? json_real(value) : json_null();
}

static json_t *machine_json(const struct machine *machine)
{
	return json_pack("{s:s, s:I, s:s, s:I, s:s}", "cpu", machine->cpu,
		"cpus", (json_int_t)machine->cpus, "kernel", machine->kernel,
		"memory_bytes", (json_int_t)machine->memory_bytes, "compiler",
		machine->compiler);
}

static json_t *options_json(const struct options *options)
{
	json_t *vcpus = json_array();

	for (size_t i = 0; i < options->section_count; i++)
		json_array_append_new(vcpus, json_integer(options->vcpus[i]));
	return json_pack("{s:o, s:I, s:I, s:f, s:I, s:I}", "vcpus", vcpus,
		"guests", (json_int_t)options->guests, "pool_bytes",
		(json_int_t)options->pool_size, "seconds", options->seconds,
		"pages_per_guest", (json_int_t)options_pages_per_guest(options),
		"seed", (json_int_t)options->seed);
}

static json_t *result_json(const struct result *result)
{
	if (result->left_out)
		return json_pack("{s:s, s:b}", "allocator", result->allocator,
			"left_out", 1);
	return json_pack(
		"{s:s, s:b, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:o, s:I, "
		"s:I, s:I, s:I}",
		"allocator", result->allocator, "left_out", 0, "frames_per_s",
		result->frames_per_s, "alloc_ns_median", result->alloc_ns.value,
		"alloc_ns_min", result->alloc_ns_min, "free_ns_median",
		result->free_ns.value, "frame_ns_median",
		result->frame_ns.value, "hal_calls",
		(json_int_t)result->hal_calls, "hal_calls_per_1000_frames",
		result_hal_calls_per_1000(result), "frames_cached",
		result->is_cache
			? json_integer((json_int_t)result->frames_cached)
			: json_null(),
		"frames", (json_int_t)result->frames, "none",
		(json_int_t)result->none, "guest_restarts",
		(json_int_t)result->restarts, "frames_not_timed",
		(json_int_t)result->left_out_frames);
}

static json_t *headline_json(const struct section *section)
{
	const struct headline *headline = &section->headline;
	bool known = headline->best_baseline != NULL;

	return json_pack("{s:s?, s:o, s:o, s:o}", "best_baseline",
		headline->best_baseline, "ratio_median",
		real_or_null(known, headline->ratio.value), "ci_low",
		real_or_null(known, headline->ratio.low), "ci_high",
		real_or_null(known, headline->ratio.high));
}

static json_t *section_json(const struct section *section)
{
	const struct result *cache = &section->results[ALLOCATOR_COUNT - 1];
	json_t *results = json_array();

	for (size_t i = 0; i < ALLOCATOR_COUNT; i++)
		json_array_append_new(
			results, result_json(&section->results[i]));
	return json_pack("{s:I, s:I, s:o, s:o}", "vcpus",
		(json_int_t)section->vcpus, "rounds",
		(json_int_t)cache->round_count, "results", results, "headline",
		headline_json(section));
}

bool json_write(FILE *file, const struct machine *machine,
	const struct options *options, const struct section *sections)
{
	json_t *list = json_array();
	json_t *root;
	bool written;

	for (size_t i = 0; i < options->section_count; i++)
		json_array_append_new(list, section_json(&sections[i]));
	root = json_pack("{s:s, s:o, s:o, s:o}", "schema", SCHEMA, "machine",
		machine_json(machine), "options", options_json(options),
		"sections", list);
	written = root != NULL &&
		json_dumpf(root, file,
			JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION)) == 0 &&
		fputc('\n', file) != EOF && fflush(file) == 0;
	json_decref(root);
	return written;
}
