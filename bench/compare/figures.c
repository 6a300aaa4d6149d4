/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare/figures.h"

#include "run/run_result.h"
#include "support/message.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "fmag-bench/1"
#define FLOOR  "floor"

/* The file's list of that name. NULL, after a message: it has none. */
static json_t *list_of(const struct figures *figures, const char *name)
{
	json_t *list = json_object_get(figures->root, name);

	if (json_is_array(list))
		return list;
	message("%s: no list \"%s\"", figures->path, name);
	return NULL;
}

static bool check_schema(const struct figures *figures)
{
	const char *schema =
		json_string_value(json_object_get(figures->root, "schema"));

	if (schema == NULL)
		message("%s: no \"schema\"; is it of `run --json'?",
			figures->path);
	else if (strcmp(schema, SCHEMA) != 0)
		message("%s: its schema is \"%s\", not \"" SCHEMA "\"",
			figures->path, schema);
	else if (!json_is_object(json_object_get(figures->root, "machine")))
		message("%s: no object \"machine\"", figures->path);
	else
		return true;
	return false;
}

/* NULL: it is not a result; `error` says why. */
static const char *parse_result(
	json_t *item, struct figure *figure, json_error_t *error)
{
	json_t *ratio, *distance = NULL;

	if (json_unpack_ex(item, error, 0,
		    "{s:s, s:s, s:i, s:o, s:F, s:F, s?o}", "allocator",
		    &figure->allocator, "workload", &figure->workload,
		    "threads", &figure->threads, "ratio_to_floor", &ratio,
		    "ci_low", &figure->low, "ci_high", &figure->high,
		    "distance", &distance) != 0)
		return error->text;
	if (!json_is_null(ratio) && !(json_number_value(ratio) > 0))
		return "ratio_to_floor is neither a number above 0 nor null";
	if (!(figure->low > 0) || figure->high < figure->low)
		return "ci_low and ci_high are not the ends of an interval "
		       "above 0";
	figure->ratio = json_number_value(ratio); /* of null it is 0 */
	figure->distance =
		json_is_string(distance) ? json_string_value(distance) : "";
	return NULL;
}

static bool read_results(struct figures *figures)
{
	json_t *list = list_of(figures, "results"), *item;
	size_t i;

	if (list == NULL)
		return false;
	figures->results =
		calloc(json_array_size(list) + 1, sizeof(*figures->results));
	if (figures->results == NULL)
		return false;
	json_array_foreach(list, i, item)
	{
		struct figure *figure =
			&figures->results[figures->result_count];
		json_error_t error;
		const char *wrong = parse_result(item, figure, &error);

		if (wrong != NULL) {
			message("%s: results[%zu]: %s", figures->path, i,
				wrong);
			return false;
		}
		if (strcmp(figure->allocator, FLOOR) != 0)
			figures->result_count++;
	}
	return true;
}

/* NULL: they are not there; otherwise the name of one that is not. */
static bool parse_percentiles(
	json_t *object, double *percentiles, char name[RUN_PERCENTILE_TEXT])
{
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		json_t *value;

		run_percentile_name(i, name);
		value = json_object_get(object, name);
		if (!json_is_number(value))
			return false;
		percentiles[i] = json_number_value(value);
	}
	return true;
}

static bool parse_latency(const struct figures *figures, json_t *item, size_t i,
	struct latency_figure *latency)
{
	char name[RUN_PERCENTILE_TEXT];
	json_t *alloc, *free;
	json_error_t error;

	if (json_unpack_ex(item, &error, 0, "{s:s, s:i, s:F, s:o, s:o}",
		    "allocator", &latency->allocator, "threads",
		    &latency->threads, "tick_ns", &latency->tick, "alloc_ns",
		    &alloc, "free_ns", &free) != 0) {
		message("%s: latency[%zu]: %s", figures->path, i, error.text);
		return false;
	}
	if (parse_percentiles(alloc, latency->alloc, name) &&
		parse_percentiles(free, latency->free, name))
		return true;
	message("%s: latency[%zu]: no number \"%s\"", figures->path, i, name);
	return false;
}

/* Without the list there are none, as in a file that is no run's of today. */
static bool read_latencies(struct figures *figures)
{
	json_t *list = json_object_get(figures->root, "latency"), *item;
	size_t i;

	if (!json_is_array(list))
		return true;
	figures->latencies =
		calloc(json_array_size(list) + 1, sizeof(*figures->latencies));
	if (figures->latencies == NULL)
		return false;
	json_array_foreach(list, i, item)
	{
		if (!parse_latency(figures, item, i,
			    &figures->latencies[figures->latency_count++]))
			return false;
	}
	return true;
}

bool figures_read(struct figures *figures, const char *path)
{
	json_error_t error;

	*figures = (struct figures){ .path = path };
	figures->root = json_load_file(path, 0, &error);
	if (figures->root == NULL) {
		/* Without a line: it could not be read at all. */
		if (error.line < 0)
			message("%s", error.text);
		else
			message("%s:%d: no JSON: %s", path, error.line,
				error.text);
		return false;
	}
	if (check_schema(figures) && read_results(figures) &&
		read_latencies(figures))
		return true;
	figures_close(figures);
	return false;
}

void figures_close(struct figures *figures)
{
	free(figures->results);
	free(figures->latencies);
	json_decref(figures->root);
}

static json_t *machine_value(const struct figures *figures, const char *key)
{
	return json_object_get(json_object_get(figures->root, "machine"), key);
}

void figures_machine(
	const struct figures *figures, const char *key, char text[FIGURES_TEXT])
{
	json_t *value = machine_value(figures, key);

	if (json_is_string(value))
		snprintf(text, FIGURES_TEXT, "%s", json_string_value(value));
	else if (json_is_number(value))
		snprintf(text, FIGURES_TEXT, "%g", json_number_value(value));
	else
		snprintf(text, FIGURES_TEXT, "?");
}

bool figures_same_machine(const struct figures *left,
	const struct figures *right, const char *key)
{
	json_t *one = machine_value(left, key);
	json_t *other = machine_value(right, key);

	return one == other || json_equal(one, other);
}
