/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure/pressure_json.h"

#include <jansson.h>

#define SCHEMA "fmag-bench-pressure/1"

/* Digits that a timing can bear, and a count of frames needs. */
#define PRECISION 8

static json_t *machine_json(const struct pressure_findings *findings)
{
	const struct machine *machine = findings->machine;
	char date[sizeof("2026-01-01T00:00:00Z")];

	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ",
		gmtime(&findings->started));
	/* A command line that is not UTF-8 is null. */
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:o?}", "cpu",
		machine->cpu, "cpus", (json_int_t)machine->cpus, "kernel",
		machine->kernel, "compiler", machine->compiler, "fmag",
		MACHINE_FMAG_VERSION, "commit", machine->commit, "date", date,
		"command", json_string(findings->options->command));
}

static json_t *options_json(const struct pressure_findings *findings)
{
	const struct pressure_options *options = findings->options;

	return json_pack("{s:I, s:I, s:I, s:f, s:I, s:I}", "frames",
		(json_int_t)options->frames, "frames_spare",
		(json_int_t)(options->frames / PRESSURE_SPARE_OF), "rounds",
		(json_int_t)options->rounds, "burst_us",
		options->burst_seconds * 1e6, "samples",
		(json_int_t)options->samples, "seed",
		(json_int_t)options->seed);
}

static json_t *rate_json(const struct pressure_full *full)
{
	if (full->untimed)
		return json_null();
	return json_pack("{s:f, s:f, s:f}", "median", full->rate.value,
		"ci_low", full->rate.low, "ci_high", full->rate.high);
}

static json_t *full_json(const struct pressure_full *full)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:f, s:o}", "allocator",
		full->subject->name, "version", full->version, "threads",
		(json_int_t)full->threads, "allocs", (json_int_t)full->wanted,
		"failed", (json_int_t)full->missed, "failed_per_million",
		pressure_per_million(full), "frames_per_s", rate_json(full));
}

static json_t *taking_json(const struct pressure_taking *taking)
{
	const struct world_counts *counts = &taking->counts;

	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:{s:f, s:f, s:f}}",
		"allocator", world_front_name(taking->front), "holders",
		(json_int_t)taking->holders, "allocs",
		(json_int_t)taking->tries, "came", (json_int_t)taking->came,
		"came_later", (json_int_t)taking->answered, "barriers",
		(json_int_t)counts->barriers, "pokes",
		(json_int_t)counts->pokes, "depot_takes",
		(json_int_t)counts->depot_takes, "depot_direct",
		(json_int_t)counts->depot_direct, "hal_calls",
		(json_int_t)counts->hal_calls, "ns", "p50", taking->p50, "p99",
		taking->p99, "max", taking->max);
}

static json_t *ticks_json(const struct pressure_burst *burst)
{
	json_t *ticks = json_array();

	for (size_t i = 0; i < PRESSURE_TICKS; i++) {
		const struct pressure_tick *tick = &burst->ticks[i];

		json_array_append_new(ticks,
			json_pack("{s:I, s:I, s:I}", "from_hal",
				(json_int_t)tick->from_hal, "with_callers",
				(json_int_t)tick->with_callers, "cached",
				(json_int_t)tick->cached));
	}
	return ticks;
}

static json_t *burst_json(const struct pressure_burst *burst)
{
	return json_pack("{s:s, s:I, s:b, s:I, s:I, s:o}", "allocator",
		world_front_name(burst->front), "cpus", (json_int_t)burst->cpus,
		"trims", (int)burst->trims, "steps_up",
		(json_int_t)PRESSURE_STEPS, "steps_down",
		(json_int_t)PRESSURE_STEPS, "ticks", ticks_json(burst));
}

static json_t *idle_json(const struct pressure_idle *idle)
{
	json_t *cached = json_array();

	for (size_t i = 0; i <= PRESSURE_IDLE; i++)
		json_array_append_new(
			cached, json_integer((json_int_t)idle->cached[i]));
	return json_pack("{s:s, s:b, s:I, s:o}", "allocator",
		world_front_name(idle->front), "trims", (int)idle->trims,
		"burst", (json_int_t)idle->burst, "cached", cached);
}

static json_t *oneway_json(const struct pressure_oneway *oneway)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I}", "allocator",
		world_front_name(oneway->front), "rounds",
		(json_int_t)oneway->rounds, "frames_a_round",
		(json_int_t)PRESSURE_CARGO, "most_in_first_tenth",
		(json_int_t)oneway->most_early, "most",
		(json_int_t)oneway->most);
}

static json_t *traffic_json(const struct pressure_traffic *traffic)
{
	return json_pack("{s:s, s:s, s:I, s:f, s:f, s:f}", "allocator",
		world_front_name(traffic->front), "workload", traffic->workload,
		"operations", (json_int_t)traffic->operations, "depot_takes",
		traffic->depot_takes, "depot_direct", traffic->depot_direct,
		"hal_calls", traffic->hal_calls);
}

static json_t *full_list(const struct pressure_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->full_count; i++) {
		if (!findings->full[i].left_out)
			json_array_append_new(
				list, full_json(&findings->full[i]));
	}
	return list;
}

static json_t *taking_list(const struct pressure_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->taking_count; i++)
		json_array_append_new(list, taking_json(&findings->taking[i]));
	return list;
}

static json_t *bursts_list(const struct pressure_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->burst_count; i++)
		json_array_append_new(list, burst_json(&findings->bursts[i]));
	return list;
}

static json_t *idles_list(const struct pressure_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->idle_count; i++)
		json_array_append_new(list, idle_json(&findings->idles[i]));
	return list;
}

static json_t *oneways_list(const struct pressure_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->oneway_count; i++)
		json_array_append_new(list, oneway_json(&findings->oneways[i]));
	return list;
}

static json_t *traffic_list(const struct pressure_findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->traffic_count; i++)
		json_array_append_new(
			list, traffic_json(&findings->traffic[i]));
	return list;
}

bool pressure_json_write(FILE *file, const struct pressure_findings *findings)
{
	json_t *root = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
		SCHEMA, "machine", machine_json(findings), "options",
		options_json(findings), "full", full_list(findings), "taking",
		taking_list(findings), "burst", bursts_list(findings), "idle",
		idles_list(findings), "oneway", oneways_list(findings),
		"traffic", traffic_list(findings));
	bool written = root != NULL &&
		json_dumpf(root, file,
			JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION)) == 0 &&
		fputc('\n', file) != EOF && fflush(file) == 0;

	json_decref(root);
	return written;
}
