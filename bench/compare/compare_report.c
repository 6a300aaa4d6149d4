/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare/compare_report.h"

#include "run/run_result.h"
#include "support/message.h"

#include <math.h>

static void print_file(
	FILE *file, const char *role, const struct figures *figures)
{
	char fmag[FIGURES_TEXT], commit[FIGURES_TEXT], date[FIGURES_TEXT];

	figures_machine(figures, "fmag", fmag);
	figures_machine(figures, "commit", commit);
	figures_machine(figures, "date", date);
	fprintf(file, "%s: %s, fmag %s (%s), %s\n", role, figures->path, fmag,
		commit, date);
}

static void print_names(FILE *file, const struct figure *figure)
{
	fprintf(file, "%-11s %7d %-4s  %-18s", figure->workload,
		figure->threads, figure->distance, figure->allocator);
}

/* Four digits, or all before the point, in seven columns. */
static void print_number(FILE *file, double number)
{
	int decimals = number < 10 ? 3 : number < 100 ? 2 : number < 1000;

	fprintf(file, "%7.*f", decimals, number);
}

static void print_ratio(FILE *file, const struct figure *figure)
{
	fputs("  ", file);
	if (figure->ratio > 0)
		print_number(file, figure->ratio);
	else
		fprintf(file, "%7s", "-");
	fputs(" [", file);
	print_number(file, figure->low);
	fputs(", ", file);
	print_number(file, figure->high);
	fputc(']', file);
}

static void print_change(FILE *file, const struct change *change)
{
	static const char *const verdicts[] = {
		[CHANGE_FASTER] = "faster",
		[CHANGE_SLOWER] = "slower",
		[CHANGE_NOISE] = "no more than noise",
		[CHANGE_TOO_NOISY] = "too noisy to tell",
	};

	print_names(file, change->before);
	print_ratio(file, change->before);
	print_ratio(file, change->after);
	if (change->kind == CHANGE_TOO_NOISY)
		fprintf(file, " %9s", "");
	else
		fprintf(file, " %+7.1f %%", (change->quotient - 1) * 100);
	fprintf(file, "  %s\n", verdicts[change->kind]);
}

static void print_changes(FILE *file, const struct changes *changes)
{
	if (changes->count == 0)
		return;
	fprintf(file, "\n%-11s %7s %-4s  %-18s   %-26s  %-26s %9s\n",
		"workload", "threads", "", "allocator", "old: times the floor",
		"new: times the floor", "change");
	for (size_t i = 0; i < changes->count; i++)
		print_change(file, &changes->list[i]);
}

/* A tick or less is no difference: the clock cannot tell it. */
static void print_percentiles(FILE *file, const struct latency_change *change,
	const char *verb, const double *before, const double *after)
{
	double tick = fmax(change->before->tick, change->after->tick);

	fprintf(file, "%7d  %-18s %-5s", change->before->threads,
		change->before->allocator, verb);
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		double more = after[i] - before[i];

		if (fabs(more) <= tick)
			fprintf(file, " %9s", "same");
		else
			fprintf(file, " %+9.0f", more);
	}
	fputc('\n', file);
}

static void print_latencies(FILE *file, const struct changes *changes)
{
	if (changes->latency_count == 0)
		return;
	fprintf(file, "\nLatency: ns that it became longer\n%7s  %-18s %-5s",
		"threads", "allocator", "");
	for (size_t i = 0; i < RUN_PERCENTILES; i++) {
		char name[RUN_PERCENTILE_TEXT];

		run_percentile_name(i, name);
		fprintf(file, " %9s", name);
	}
	fputc('\n', file);
	for (size_t i = 0; i < changes->latency_count; i++) {
		const struct latency_change *change = &changes->latencies[i];

		print_percentiles(file, change, "alloc", change->before->alloc,
			change->after->alloc);
		print_percentiles(file, change, "free", change->before->free,
			change->after->free);
	}
}

static void print_results_alone(
	FILE *file, const struct figures *figures, const struct figures *others)
{
	for (size_t i = 0; i < figures->result_count; i++) {
		const struct figure *figure = &figures->results[i];

		if (changes_partner(others, figure) == NULL)
			fprintf(file, "only in %s: %s, %d thread%s%s%s, %s\n",
				figures->path, figure->workload,
				figure->threads,
				plural((unsigned)figure->threads),
				figure->distance[0] == '\0' ? "" : ", ",
				figure->distance, figure->allocator);
	}
}

static void print_latencies_alone(
	FILE *file, const struct figures *figures, const struct figures *others)
{
	for (size_t i = 0; i < figures->latency_count; i++) {
		const struct latency_figure *latency = &figures->latencies[i];

		if (changes_latency_partner(others, latency) == NULL)
			fprintf(file, "only in %s: latency, %d thread%s, %s\n",
				figures->path, latency->threads,
				plural((unsigned)latency->threads),
				latency->allocator);
	}
}

static void print_summary(FILE *file, const struct changes *changes)
{
	const size_t *counts = changes->counts;

	fprintf(file, "%zu faster, %zu slower, %zu within noise",
		counts[CHANGE_FASTER], counts[CHANGE_SLOWER],
		counts[CHANGE_NOISE]);
	if (counts[CHANGE_TOO_NOISY] > 0)
		fprintf(file, ", %zu too noisy to tell",
			counts[CHANGE_TOO_NOISY]);
	fputc('\n', file);
}

bool compare_report_print(FILE *file, const struct changes *changes)
{
	print_file(file, "old", changes->before);
	print_file(file, "new", changes->after);
	print_changes(file, changes);
	print_latencies(file, changes);
	fputc('\n', file);
	print_results_alone(file, changes->before, changes->after);
	print_results_alone(file, changes->after, changes->before);
	print_latencies_alone(file, changes->before, changes->after);
	print_latencies_alone(file, changes->after, changes->before);
	print_summary(file, changes);
	if (fflush(file) == 0 && !ferror(file))
		return true;
	message("cannot write the table");
	return false;
}
