/* SPDX-License-Identifier: BSD-2-Clause */
#include "scaling/report.h"

#include <math.h>

static uint64_t all_of(const struct watch_counts *seen, enum access access)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < PLACES; i++)
		sum += seen->accesses[i][access];
	return sum;
}

static uint64_t transfers_at(const struct watch_counts *seen, enum place place)
{
	return seen->fetches[place] + seen->upgrades[place];
}

/* Three digits or so, and nothing for nothing. */
static void print_number(FILE *out, int width, double number)
{
	if (number <= 0)
		fprintf(out, " %*s", width, "-");
	else if (number < 0.01)
		fprintf(out, " %*s", width, "<0.01");
	else
		fprintf(out, " %*.*f", width,
			number < 1             ? 2
				: number < 100 ? 1
					       : 0,
			number);
}

static void write_count_head(FILE *out)
{
	fprintf(out, "%-6s %-9s %5s %6s %6s %6s %6s %6s | %6s", "front",
		"workload", "CPUs", "RMW", "stores", "loads", "depot", "HAL",
		"lines");
	for (size_t i = 0; i < PLACES; i++)
		fprintf(out, " %8s", place_names[i]);
	fprintf(out, " | %s\n", "hottest line");
}

static void write_count(FILE *out, const struct count *count)
{
	const struct watch_counts *seen = &count->counts.seen;

	fprintf(out, "%-6s %-9s %5u", count->front->name,
		run_workload_kinds[count->play.workload].name,
		count->play.cpus);
	for (size_t i = 0; i < ACCESSES; i++)
		print_number(
			out, 6, per_1000(count, all_of(seen, (enum access)i)));
	print_number(out, 6, per_1000(count, count->counts.depot_takes));
	print_number(out, 6, per_1000(count, count->counts.hal_calls));
	fputs(" |", out);
	print_number(out, 6, per_1000(count, play_transfers(&count->counts)));
	for (size_t i = 0; i < PLACES; i++)
		print_number(out, 8,
			per_1000(count, transfers_at(seen, (enum place)i)));
	fputs(" |", out);
	print_number(out, 6, per_1000(count, count->counts.hottest[0]));
	fprintf(out, " %s\n",
		count->counts.hottest[0] > 0
			? place_names[count->counts.hottest_place]
			: "");
}

static void write_counts(
	FILE *out, const struct findings *findings, bool threads)
{
	write_count_head(out);
	for (size_t i = 0; i < findings->count_count; i++) {
		if (findings->counts[i].play.threads == threads)
			write_count(out, &findings->counts[i]);
	}
}

void report_law(FILE *out, const struct usl *law)
{
	fprintf(out, "sigma %.4g, kappa %.4g, ", law->sigma, law->kappa);
	if (isinf(law->peak))
		fputs("no peak", out);
	else
		fprintf(out, "peak at %.0f CPUs", law->peak);
	fprintf(out, ", off by %.1f %% at most\n", 100 * law->error);
}

static void write_model(FILE *out, const struct model *model)
{
	const struct prediction *last = &model->points[model->point_count - 1];

	fprintf(out, "%-11s %-9s %-6s %6.1f %6u %9.1f %9.1f  ",
		model->allocator, model->workload,
		model->ahead ? "ahead" : "waits", model->op_ns, last->cpus,
		last->speedup, last->throughput);
	report_law(out, &model->law);
}

static void write_models(FILE *out, const struct findings *findings)
{
	fprintf(out,
		"\nPredicted, with %.1f ns for a line's transfer%s, where a "
		"CPU waits for lines of frames,\nor has fetched them ahead:\n"
		"%-11s %-9s %-6s %6s %6s %9s %9s  %s\n",
		findings->line_ns,
		findings->measured ? " (times measured on this machine)" : "",
		"allocator", "workload", "frames", "ns/op", "CPUs", "speed-up",
		"op/us", "universal scalability law");
	for (size_t i = 0; i < findings->model_count; i++)
		write_model(out, &findings->models[i]);
}

void report_write(FILE *out, const struct findings *findings)
{
	const struct scaling_options *options = findings->options;

	if (options->cpus_count > 0) {
		fputs("A thousand operations, one thread playing the CPUs: "
		      "accesses to the cache's words;\n"
		      "magazines taken from the depot; HAL calls; lines that "
		      "came from another CPU, and where they lie\n",
			out);
		write_counts(out, findings, false);
	}
	if (options->threads_count > 0) {
		fputs("\nThe same with real threads, which no seed orders\n",
			out);
		write_counts(out, findings, true);
	}
	if (findings->model_count > 0)
		write_models(out, findings);
}
