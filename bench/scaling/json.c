/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/json.h"

#include <jansson.h>
#include <math.h>

#define SCHEMA "fmag-bench-scaling/1"

/* Digits that a time can bear, and a count needs. */
#define PRECISION 8

static json_t *machine_json(const struct machine *machine)
{
	return json_pack("{s:s, s:I, s:s, s:s, s:s}", "cpu", machine->cpu,
		"cpus", (json_int_t)machine->cpus, "kernel", machine->kernel,
		"compiler", machine->compiler, "fmag", MACHINE_FMAG_VERSION);
}

static json_t *place_json(const struct count *count, enum place place)
{
	const struct watch_counts *seen = &count->counts.seen;

	return json_pack("{s:f, s:f, s:f, s:f, s:f}", "rmw",
		per_1000(count, seen->accesses[place][ACCESS_RMW]), "stores",
		per_1000(count, seen->accesses[place][ACCESS_STORE]), "loads",
		per_1000(count, seen->accesses[place][ACCESS_LOAD]), "fetches",
		per_1000(count, seen->fetches[place]), "upgrades",
		per_1000(count, seen->upgrades[place]));
}

static json_t *places_json(const struct count *count)
{
	json_t *places = json_object();

	for (size_t i = 0; i < PLACES; i++)
		json_object_set_new(places, place_names[i],
			place_json(count, (enum place)i));
	return places;
}

static json_t *hottest_json(const struct count *count)
{
	uint64_t all = play_transfers(&count->counts);
	uint64_t most = count->counts.hottest[0];

	if (most == 0)
		return json_null();
	return json_pack("{s:s, s:f, s:f}", "place",
		place_names[count->counts.hottest_place], "transfers",
		per_1000(count, most), "share", (double)most / (double)all);
}

/* All but `operations` by 1000 operations. */
static json_t *count_json(const struct count *count)
{
	const struct play_counts *counts = &count->counts;

	return json_pack(
		"{s:s, s:s, s:I, s:s, s:I, s:o, s:f, s:o, s:f, s:I, s:f, s:f, "
		"s:f}",
		"front", count->front->name, "workload",
		run_workload_kinds[count->play.workload].name, "cpus",
		(json_int_t)count->play.cpus, "by",
		count->play.threads ? "threads" : "one thread", "operations",
		(json_int_t)counts->operations, "places", places_json(count),
		"transfers", per_1000(count, play_transfers(counts)),
		"hottest_line", hottest_json(count), "failed_swaps",
		per_1000(count, counts->seen.failures), "elsewhere",
		(json_int_t)counts->seen.elsewhere, "depot_takes",
		per_1000(count, counts->depot_takes), "depot_direct",
		per_1000(count, counts->depot_direct), "hal_calls",
		per_1000(count, counts->hal_calls));
}

static json_t *points_json(const struct model *model)
{
	json_t *points = json_array();

	for (size_t i = 0; i < model->point_count; i++) {
		const struct prediction *point = &model->points[i];

		json_array_append_new(points,
			json_pack("{s:I, s:f, s:f, s:f}", "cpus",
				(json_int_t)point->cpus, "operations_per_us",
				point->throughput, "bound_per_us", point->bound,
				"speedup", point->speedup));
	}
	return points;
}

static json_t *law_json(const struct usl *law)
{
	return json_pack("{s:f, s:f, s:f, s:o, s:f}", "lambda_per_us",
		law->lambda, "sigma", law->sigma, "kappa", law->kappa,
		"peak_cpus",
		isinf(law->peak) ? json_null() : json_real(law->peak),
		"largest_error", law->error);
}

static json_t *model_json(const struct model *model)
{
	return json_pack("{s:s, s:s, s:s, s:f, s:o, s:o}", "allocator",
		model->allocator, "workload", model->workload, "frames",
		model->ahead ? "fetched ahead" : "waited for", "t_op_ns",
		model->op_ns, "points", points_json(model), "usl",
		law_json(&model->law));
}

static json_t *lists_json(const struct findings *findings)
{
	json_t *counts = json_array(), *models = json_array();

	for (size_t i = 0; i < findings->count_count; i++)
		json_array_append_new(counts, count_json(&findings->counts[i]));
	for (size_t i = 0; i < findings->model_count; i++)
		json_array_append_new(models, model_json(&findings->models[i]));
	return json_pack("{s:o, s:o}", "counts", counts, "models", models);
}

bool scaling_json_write(FILE *file, const struct machine *machine,
	const struct findings *findings)
{
	const struct scaling_options *options = findings->options;
	json_t *lists = lists_json(findings);
	json_t *root = json_pack("{s:s, s:o, s:{s:I, s:I}, s:f, s:s}", "schema",
		SCHEMA, "machine", machine_json(machine), "options", "seed",
		(json_int_t)options->seed, "turn", (json_int_t)options->turn,
		"t_line_ns", findings->line_ns, "times",
		findings->measured ? "measured here" : "given");
	bool written = root != NULL && json_object_update(root, lists) == 0 &&
		json_dumpf(root, file,
			JSON_INDENT(2) | JSON_REAL_PRECISION(PRECISION)) == 0 &&
		fputc('\n', file) != EOF && fflush(file) == 0;

	json_decref(lists);
	json_decref(root);
	return written;
}
