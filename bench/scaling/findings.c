/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/findings.h"

#include "scaling/mva.h"
#include "scaling/times.h"
#include "support/message.h"

#include <stdlib.h>

/* Of the model, for contrast: serve/loops.h on allocators/mutex.c. */
#define LIST_NAME    "mutex-list"
#define LIST_SUBJECT "mutex-list"

/* To fit the law to: it has three numbers. */
#define ENOUGH_POINTS 3

double per_1000(const struct count *count, uint64_t events)
{
	return (double)events * 1000 / (double)count->counts.operations;
}

static bool count_one(struct findings *findings, size_t front, size_t workload,
	unsigned cpus, bool threads)
{
	struct count *count = &findings->counts[findings->count_count];

	*count = (struct count){
		.front = &scaling_fronts[front],
		.play = {
			.front = scaling_fronts[front].kind,
			.workload = player_workloads[workload],
			.cpus = cpus,
			.threads = threads,
			.turn = findings->options->turn,
			.seed = findings->options->seed,
		},
	};
	if (player_in_pairs(count->play.workload) && cpus % 2 != 0)
		return true;
	if (!play(&count->play, &count->counts))
		return false;
	findings->count_count++;
	return true;
}

static bool count_on(struct findings *findings, size_t front, size_t workload)
{
	const struct scaling_options *options = findings->options;

	for (size_t i = 0; i < options->cpus_count; i++) {
		if (!count_one(
			    findings, front, workload, options->cpus[i], false))
			return false;
	}
	for (size_t i = 0; i < options->threads_count; i++) {
		if (!count_one(findings, front, workload, options->threads[i],
			    true))
			return false;
	}
	return true;
}

bool findings_count(struct findings *findings)
{
	const struct scaling_options *options = findings->options;
	const size_t all = SCALING_FRONTS * PLAYER_WORKLOADS;

	findings->counts =
		calloc(all * 2 * SCALING_MAX_COUNTS, sizeof(*findings->counts));
	findings->models = calloc(2 * all + 1, sizeof(*findings->models));
	if (findings->counts == NULL || findings->models == NULL) {
		message("no memory for the counts");
		return false;
	}
	for (size_t i = 0; i < all; i++) {
		size_t front = i / PLAYER_WORKLOADS;
		size_t workload = i % PLAYER_WORKLOADS;

		if (options->fronts[front] && options->workloads[workload] &&
			!count_on(findings, front, workload))
			return false;
	}
	return true;
}

void findings_free(struct findings *findings)
{
	free(findings->counts);
	free(findings->models);
}

static uint64_t frames_transfers(const struct count *count)
{
	return count->counts.seen.fetches[PLACE_FRAMES] +
		count->counts.seen.upgrades[PLACE_FRAMES];
}

/*
 * Nanoseconds of an operation at each of the hottest lines, and at all others
 * together, which have no queue.
 */
static size_t demands_of(const struct count *count, double line_ns, bool ahead,
	double *demands, double *rest)
{
	double ns = line_ns / (double)count->counts.operations;
	uint64_t all = play_transfers(&count->counts);
	size_t lines = 0;

	if (ahead)
		all -= frames_transfers(count);
	*rest = (double)all * ns;
	for (; lines < PLAY_LINES && count->counts.hottest[lines] > 0;
		lines++) {
		demands[lines] = (double)count->counts.hottest[lines] * ns;
		*rest -= demands[lines];
	}
	if (*rest < 0)
		*rest = 0;
	return lines;
}

static void add_point(struct model *model, unsigned cpus, double think,
	const double *demands, size_t lines)
{
	struct prediction *point = &model->points[model->point_count++];

	point->cpus = cpus;
	point->throughput = 1000 * mva_throughput(cpus, think, demands, lines);
	point->bound = 1000 * mva_bound(cpus, think, demands, lines);
	point->speedup = point->throughput * model->op_ns / 1000;
}

/*
 * From two CPUs on, where there are enough of such points: lines come from other
 * CPUs as soon as there are any, and the law has no such step.
 */
static void fit(struct model *model)
{
	struct usl_point points[SCALING_MAX_COUNTS];
	unsigned least = model->point_count > ENOUGH_POINTS ? 2 : 1;
	size_t count = 0;

	for (size_t i = 0; i < model->point_count; i++) {
		if (model->points[i].cpus >= least)
			points[count++] = (struct usl_point){
				.cpus = model->points[i].cpus,
				.throughput = model->points[i].throughput,
			};
	}
	model->law = usl_fit(points, count);
}

static double operation_ns(const struct findings *findings, const char *subject,
	enum run_workload w)
{
	double ns = findings->options->op_ns;

	if (ns > 0)
		return ns;
	ns = times_operation(subject, w);
	if (ns < 0)
		message("%s does not run here, so its times are not known: "
			"--t-op tells them",
			subject);
	return ns;
}

static void add_model(struct findings *findings, const struct model *model)
{
	struct model *added = &findings->models[findings->model_count];

	if (model->point_count == 0)
		return;
	*added = *model;
	fit(added);
	findings->model_count++;
}

/* All that was counted of it, one thread playing. */
static void predict(struct findings *findings, struct model model,
	const struct scaling_front *front, enum run_workload workload)
{
	double demands[PLAY_LINES], rest;

	for (size_t i = 0; i < findings->count_count; i++) {
		const struct count *count = &findings->counts[i];
		size_t lines;

		if (count->front != front || count->play.threads ||
			count->play.workload != workload)
			continue;
		lines = demands_of(
			count, findings->line_ns, model.ahead, demands, &rest);
		add_point(&model, count->play.cpus, model.op_ns + rest, demands,
			lines);
	}
	add_model(findings, &model);
}

/* Both ways of it. */
static void predict_both(struct findings *findings,
	const struct scaling_front *front, enum run_workload workload)
{
	struct model model = {
		.allocator = front->subject,
		.workload = run_workload_kinds[workload].name,
		.op_ns = operation_ns(findings, front->subject, workload),
	};

	if (model.op_ns < 0)
		return;
	predict(findings, model, front, workload);
	model.ahead = true;
	predict(findings, model, front, workload);
}

/* Not counted: a call holds the lock all the time, and its line comes first. */
static void predict_list(struct findings *findings)
{
	const struct scaling_options *options = findings->options;
	struct model model = {
		.allocator = LIST_NAME,
		.workload = run_workload_kinds[RUN_PAIR].name,
		.op_ns = operation_ns(findings, LIST_SUBJECT, RUN_PAIR),
	};

	for (size_t i = 0; model.op_ns > 0 && i < options->cpus_count; i++) {
		double demand = model.op_ns;

		if (options->cpus[i] > 1)
			demand += findings->line_ns;
		add_point(&model, options->cpus[i], 0, &demand, 1);
	}
	add_model(findings, &model);
}

bool findings_predict(struct findings *findings)
{
	const struct scaling_options *options = findings->options;

	findings->line_ns = options->line_ns;
	findings->measured = options->line_ns <= 0 || options->op_ns <= 0;
	if (findings->line_ns <= 0)
		findings->line_ns = times_line();
	if (findings->line_ns <= 0) {
		message("a line's transfer cannot be timed on one CPU: "
			"--t-line tells it");
		return false;
	}
	for (size_t i = 0; i < SCALING_FRONTS * PLAYER_WORKLOADS; i++) {
		if (options->fronts[i / PLAYER_WORKLOADS] &&
			options->workloads[i % PLAYER_WORKLOADS])
			predict_both(findings,
				&scaling_fronts[i / PLAYER_WORKLOADS],
				player_workloads[i % PLAYER_WORKLOADS]);
	}
	predict_list(findings);
	return true;
}
